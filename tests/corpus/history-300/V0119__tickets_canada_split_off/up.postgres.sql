-- Out of the default partition into one of its own.
CREATE TEMPORARY TABLE moved_tickets ON COMMIT DROP AS SELECT * FROM tickets_other WHERE region = 'CA';
DELETE FROM tickets_other WHERE region = 'CA';
CREATE TABLE tickets_ca PARTITION OF tickets FOR VALUES IN ('CA');
INSERT INTO tickets SELECT * FROM moved_tickets;
