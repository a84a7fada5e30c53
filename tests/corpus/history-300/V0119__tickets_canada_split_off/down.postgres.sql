ALTER TABLE tickets DETACH PARTITION tickets_ca;
INSERT INTO tickets SELECT * FROM tickets_ca;
DROP TABLE tickets_ca;
