ALTER TABLE newsletters SET (toast.autovacuum_enabled = false, parallel_workers = 2);
ALTER TABLE newsletters ALTER COLUMN body SET STORAGE MAIN, ALTER COLUMN subject SET (n_distinct = 100);
ALTER INDEX messages_search SET (fastupdate = off);
