COMMENT ON SCHEMA reporting IS 'schema version 3';
