ALTER TABLE photos NO INHERIT documents;
