-- switchback: step copy
DROP TABLE totals;
-- switchback: step fill batch table=numbers key=id size=30
UPDATE numbers SET n = n - 10 WHERE id BETWEEN :from AND :upto;
UPDATE numbers SET total = NULL WHERE id BETWEEN :from AND :upto;
-- switchback: step expand
ALTER TABLE numbers DROP COLUMN total;
