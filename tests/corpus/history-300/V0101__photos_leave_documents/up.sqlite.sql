CREATE TABLE photos AS
SELECT id, title, added_on, width, height FROM documents WHERE kind = 'photo';
DELETE FROM documents WHERE kind = 'photo';
