-- switchback: step indexes no-transaction
CREATE INDEX IF NOT EXISTS numbers_1 ON numbers (n, id, (id % 1));
CREATE INDEX IF NOT EXISTS numbers_2 ON numbers (n, id, (id % 2));
CREATE INDEX IF NOT EXISTS numbers_3 ON numbers (n, id, (id % 3));
CREATE INDEX IF NOT EXISTS numbers_4 ON numbers (n, id, (id % 4));
CREATE INDEX IF NOT EXISTS numbers_5 ON numbers (n, id, (id % 5));
CREATE INDEX IF NOT EXISTS numbers_6 ON numbers (n, id, (id % 6));
CREATE INDEX IF NOT EXISTS numbers_7 ON numbers (n, id, (id % 7));
CREATE INDEX IF NOT EXISTS numbers_8 ON numbers (n, id, (id % 8));
