CREATE TABLE exports (
    id         uuid DEFAULT gen_random_uuid() NOT NULL,
    kind       text NOT NULL,
    options    jsonb DEFAULT '{"format": "csv", "columns": ["a;b", "c"]}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    bytes      bigint,
    CONSTRAINT exports_pkey PRIMARY KEY (id),
    CONSTRAINT exports_has_format CHECK (options ? 'format')
);
