INSERT INTO documents (id, kind, title, added_on, width, height)
SELECT id, 'photo', title, added_on, width, height FROM photos;
DROP TABLE photos;
