DROP TABLE photos;
DROP TABLE contracts;
DROP TABLE documents;
