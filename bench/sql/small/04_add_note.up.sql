ALTER TABLE account_{n} ADD COLUMN note text;
