ALTER TABLE votes ALTER COLUMN choice TYPE integer
    USING CASE choice WHEN 'against' THEN -1 WHEN 'for' THEN 1 ELSE 0 END;
ALTER TABLE votes ADD CONSTRAINT votes_choice_check CHECK (choice IN (-1, 0, 1));
DROP TYPE choice;
