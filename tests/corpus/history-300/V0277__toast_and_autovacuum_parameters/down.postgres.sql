ALTER INDEX messages_search RESET (fastupdate);
ALTER TABLE newsletters ALTER COLUMN subject RESET (n_distinct), ALTER COLUMN body SET STORAGE EXTENDED;
ALTER TABLE newsletters RESET (toast.autovacuum_enabled, parallel_workers);
