-- switchback: step validate
-- The check itself goes in the next step.

-- switchback: step check
ALTER TABLE options DROP CONSTRAINT options_kind_present;
