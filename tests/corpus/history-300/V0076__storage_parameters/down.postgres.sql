ALTER TABLE messages ALTER COLUMN author RESET (n_distinct);
ALTER TABLE messages ALTER COLUMN body SET STORAGE EXTENDED;
ALTER INDEX messages_parent RESET (fillfactor);
ALTER TABLE messages RESET (fillfactor, autovacuum_vacuum_scale_factor);
