ALTER TABLE sensors DROP CONSTRAINT sensors_kind_check,
    ADD CONSTRAINT sensors_kind_check CHECK (kind IN ('soil', 'air', 'water', 'rain', 'wind'));
