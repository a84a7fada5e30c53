ALTER TABLE members ADD COLUMN newsletter boolean NOT NULL DEFAULT false;
