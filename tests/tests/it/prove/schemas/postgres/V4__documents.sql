CREATE TABLE schemas (
    name text PRIMARY KEY CHECK (name ~ '^[a-z_]+$'),
    body jsonb NOT NULL CHECK (jsonb_typeof(body) = 'object' AND body ? 'type')
);
CREATE TABLE documents (
    id bigserial PRIMARY KEY,
    schema_name text NOT NULL REFERENCES schemas (name) ON UPDATE CASCADE,
    body jsonb NOT NULL CHECK (jsonb_typeof(body -> 'items') = 'array'),
    meta jsonb NOT NULL DEFAULT '{}' CHECK (meta @> '{"v": 1}'),
    version integer NOT NULL CHECK (version >= 1),
    title text GENERATED ALWAYS AS (body ->> 'title') STORED,
    search tsvector,
    UNIQUE (id, version)
);
CREATE TABLE revisions (
    document_id bigint NOT NULL,
    version integer NOT NULL,
    previous integer,
    diff json NOT NULL,
    checksum text NOT NULL CHECK (length(checksum) = 40),
    PRIMARY KEY (document_id, version),
    FOREIGN KEY (document_id, version) REFERENCES documents (id, version),
    FOREIGN KEY (document_id, previous) REFERENCES revisions (document_id, version),
    CHECK (previous < version)
);
CREATE TABLE settings (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    data jsonb NOT NULL CHECK ((data ->> 'limit')::integer > 0)
);
CREATE TABLE features (
    key text PRIMARY KEY CHECK (key LIKE 'feature.%'),
    rollout jsonb NOT NULL CHECK (jsonb_array_length(rollout) > 0),
    owner xml,
    ratio double precision NOT NULL CHECK (ratio >= 0 AND ratio <= 1)
);
