ALTER TABLE account_{n} DROP COLUMN note;
