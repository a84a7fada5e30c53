ALTER TABLE ONLY documents DROP CONSTRAINT documents_language_lower;
ALTER TABLE documents DROP COLUMN language;
