ALTER TABLE diary ADD CONSTRAINT diary_once UNIQUE (day, text);
