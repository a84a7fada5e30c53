-- The views follow by themselves on both engines.
ALTER TABLE members RENAME COLUMN full_name TO name;
