ALTER TABLE messages SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
ALTER INDEX messages_parent SET (fillfactor = 70);
ALTER TABLE messages ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE messages ALTER COLUMN author SET (n_distinct = -0.2);
