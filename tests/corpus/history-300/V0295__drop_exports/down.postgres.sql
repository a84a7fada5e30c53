CREATE TABLE exports (
    id         uuid DEFAULT gen_random_uuid() NOT NULL,
    kind       text NOT NULL,
    options    jsonb DEFAULT '{"format": "csv", "columns": ["a;b", "c"]}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    bytes      bigint,
    CONSTRAINT exports_pkey PRIMARY KEY (id),
    CONSTRAINT exports_has_format CHECK (options ? 'format')
);
CREATE INDEX exports_format ON exports USING btree ((options ->> 'format'), lower(kind) text_pattern_ops);
CREATE INDEX exports_month ON exports ((date_trunc('month', started_at AT TIME ZONE 'UTC')));
