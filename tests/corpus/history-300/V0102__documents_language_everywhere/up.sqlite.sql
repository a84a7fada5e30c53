ALTER TABLE documents ADD COLUMN language TEXT DEFAULT 'de' CHECK (language = lower(language));
