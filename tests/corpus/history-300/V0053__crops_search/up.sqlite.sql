CREATE VIRTUAL TABLE crops_search USING fts5(common, latin, description, content='crops', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
INSERT INTO crops_search (crops_search) VALUES ('rebuild');
