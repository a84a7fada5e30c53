CREATE VIRTUAL TABLE member_names USING fts5(name, tokenize='trigram', content='');
INSERT INTO member_names (rowid, name) SELECT id, name FROM members;
