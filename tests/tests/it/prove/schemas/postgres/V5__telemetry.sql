CREATE TYPE level AS ENUM ('debug', 'info', 'warn');
CREATE TYPE place AS (latitude double precision, longitude double precision);
CREATE TABLE devices (
    id uuid PRIMARY KEY,
    serial varchar(12) NOT NULL UNIQUE CHECK (serial ~ '^SN[0-9]{6,10}$'),
    place place NOT NULL CHECK ((place).latitude BETWEEN -90 AND 90)
);
CREATE TABLE readings (
    device_id uuid NOT NULL REFERENCES devices,
    at timestamptz NOT NULL,
    value real NOT NULL CHECK (value = value AND value <> 'Infinity'),
    PRIMARY KEY (device_id, at)
) PARTITION BY RANGE (at);
CREATE TABLE readings_2023 PARTITION OF readings FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE readings_2024 PARTITION OF readings FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE logs (
    region text NOT NULL,
    level level NOT NULL,
    line text NOT NULL
) PARTITION BY LIST (region);
CREATE TABLE logs_eu PARTITION OF logs FOR VALUES IN ('de', 'fr');
CREATE TABLE logs_us PARTITION OF logs FOR VALUES IN ('us');
CREATE TABLE counters (
    tenant integer NOT NULL,
    bucket integer NOT NULL CHECK (bucket >= 0),
    n bigint NOT NULL DEFAULT 0 CHECK (n >= 0),
    PRIMARY KEY (tenant, bucket)
) PARTITION BY HASH (tenant);
CREATE TABLE counters_0 PARTITION OF counters FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE counters_1 PARTITION OF counters FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events (
    tenant integer NOT NULL CHECK (tenant > 0),
    day date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('a', 'b')),
    payload jsonb CHECK (payload IS NULL OR jsonb_typeof(payload) = 'object')
) PARTITION BY RANGE (tenant, day);
CREATE TABLE events_small PARTITION OF events FOR VALUES FROM (1, '2024-01-01') TO (100, '2024-01-01');
CREATE TABLE events_big PARTITION OF events FOR VALUES FROM (100, '2024-01-01') TO (1000, '2024-01-01');
