ALTER TABLE diary DROP CONSTRAINT diary_pkey, ADD CONSTRAINT diary_key PRIMARY KEY (day, id);
