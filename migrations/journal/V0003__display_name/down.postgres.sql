-- switchback: step not-null
ALTER TABLE users ALTER COLUMN display_name DROP NOT NULL;

-- switchback: step validate
-- Nothing to undo: the check goes away in the next step.

-- switchback: step check
ALTER TABLE users DROP CONSTRAINT IF EXISTS users_display_name_filled;

-- switchback: step fill
-- Nothing to undo: the values go away with the column.

-- switchback: step add
ALTER TABLE users DROP COLUMN display_name;
