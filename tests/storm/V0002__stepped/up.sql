-- switchback: step expand
ALTER TABLE numbers ADD COLUMN total bigint;
-- switchback: step fill batch table=numbers key=id size=40
UPDATE numbers SET total = id + n WHERE id BETWEEN :from AND :upto;
UPDATE numbers SET n = n + 10 WHERE id BETWEEN :from AND :upto AND total IS NOT NULL;
-- switchback: step copy
CREATE TABLE totals (id bigint NOT NULL PRIMARY KEY, total bigint NOT NULL);
INSERT INTO totals SELECT id, total FROM numbers;
