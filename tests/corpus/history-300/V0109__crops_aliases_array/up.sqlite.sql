CREATE TABLE crop_aliases (
    crop_id INTEGER NOT NULL REFERENCES crops (id) ON DELETE CASCADE,
    alias   TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (crop_id, alias)
) WITHOUT ROWID;
INSERT INTO crop_aliases (crop_id, alias)
SELECT 1, value FROM json_each('["Tomate","love apple","O''Henry; \"the best\""]')
UNION ALL SELECT 2, value FROM json_each('["Zwiebel","spring onion"]');
