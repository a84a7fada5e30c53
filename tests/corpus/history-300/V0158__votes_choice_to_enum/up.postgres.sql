CREATE TYPE choice AS ENUM ('against', 'abstention', 'for');
ALTER TABLE votes DROP CONSTRAINT votes_choice_check;
ALTER TABLE votes ALTER COLUMN choice TYPE choice USING (ARRAY['against', 'abstention', 'for'])[choice + 2]::choice;
