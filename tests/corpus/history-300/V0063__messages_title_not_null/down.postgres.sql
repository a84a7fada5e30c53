-- switchback: step not_null
ALTER TABLE messages ALTER COLUMN title DROP NOT NULL;

-- switchback: step validate
-- The check went away with the last step up, or goes away with the next one down.

-- switchback: step check
ALTER TABLE messages DROP CONSTRAINT IF EXISTS messages_title_present;
