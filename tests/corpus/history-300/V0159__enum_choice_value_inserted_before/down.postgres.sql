-- No vote was ever counted as invalid, or the cast below would say so.
CREATE TYPE choice_of_three AS ENUM ('against', 'abstention', 'for');
ALTER TABLE votes ALTER COLUMN choice TYPE choice_of_three USING choice::text::choice_of_three;
DROP TYPE choice;
ALTER TYPE choice_of_three RENAME TO choice;
