ALTER TABLE crops ADD COLUMN aliases text[] NOT NULL DEFAULT '{}';
UPDATE crops SET aliases = ARRAY['Tomate', 'love apple', 'O''Henry; "the best"'] WHERE id = 1;
UPDATE crops SET aliases = '{Zwiebel,"spring onion"}' WHERE id = 2;
CREATE INDEX crops_aliases ON crops USING gin (aliases);
ALTER TABLE crops ADD CONSTRAINT crops_aliases_few CHECK (cardinality(aliases) <= 20 AND array_position(aliases, NULL) IS NULL);
