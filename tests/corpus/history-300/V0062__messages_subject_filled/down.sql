-- switchback: step fill
UPDATE messages SET title = NULL;

-- switchback: step add
ALTER TABLE messages DROP COLUMN title;
