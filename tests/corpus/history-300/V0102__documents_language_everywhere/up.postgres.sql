-- Children get the column with the parent.
ALTER TABLE documents ADD COLUMN language char(2) DEFAULT 'de';
ALTER TABLE ONLY documents ADD CONSTRAINT documents_language_lower CHECK (language = lower(language)) NO INHERIT;
