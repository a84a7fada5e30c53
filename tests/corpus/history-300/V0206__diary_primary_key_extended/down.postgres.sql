ALTER TABLE diary DROP CONSTRAINT diary_key, ADD CONSTRAINT diary_pkey PRIMARY KEY (id);
-- The old key said nothing about the day; it was NOT NULL of its own.
