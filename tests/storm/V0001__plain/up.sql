CREATE TABLE numbers (id bigint NOT NULL PRIMARY KEY, n bigint NOT NULL);
INSERT INTO numbers (id, n) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1200) SELECT i, i % 7 FROM c;
CREATE TABLE words (id bigint NOT NULL PRIMARY KEY, word text NOT NULL);
INSERT INTO words SELECT id, 'word ' || id FROM numbers;
