-- switchback: step not-null
ALTER TABLE users ALTER COLUMN display_name DROP NOT NULL;

-- switchback: step fill
-- Nothing to undo: the values go away with the column.

-- switchback: step add
ALTER TABLE users DROP COLUMN display_name;
