ALTER TABLE crops ADD COLUMN search tsvector
    GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', coalesce(common, '') || ' ' || latin), 'A')
        || setweight(to_tsvector('simple', description), 'B')
    ) STORED;
CREATE INDEX crops_search ON crops USING gin (search);
