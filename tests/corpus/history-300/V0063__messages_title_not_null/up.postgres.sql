-- switchback: step check
ALTER TABLE messages ADD CONSTRAINT messages_title_present CHECK (title IS NOT NULL) NOT VALID;

-- switchback: step validate
ALTER TABLE messages VALIDATE CONSTRAINT messages_title_present;

-- switchback: step not_null
ALTER TABLE messages ALTER COLUMN title SET NOT NULL;
ALTER TABLE messages DROP CONSTRAINT messages_title_present;
