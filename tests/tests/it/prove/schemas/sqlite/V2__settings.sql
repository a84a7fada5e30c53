CREATE TABLE profiles (
    id TEXT PRIMARY KEY CHECK (length(id) = 36),
    data TEXT NOT NULL CHECK (json_valid(data) AND json_type(data) = 'object'),
    tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags) AND json_type(tags) = 'array'),
    locale TEXT NOT NULL CHECK (locale GLOB '[a-z][a-z]-[A-Z][A-Z]'),
    colour TEXT CHECK (colour GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]')
) STRICT;
CREATE TABLE flags (
    name TEXT PRIMARY KEY NOT NULL CHECK (name = lower(name) AND instr(name, ' ') = 0),
    on_since INTEGER CHECK (on_since > 1500000000),
    share REAL NOT NULL CHECK (share BETWEEN 0 AND 1),
    variants JSON CHECK (json_array_length(variants) >= 1)
) WITHOUT ROWID;
CREATE TABLE single (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL);
CREATE TABLE hashes (
    sha BLOB PRIMARY KEY CHECK (length(sha) = 32),
    hex TEXT NOT NULL UNIQUE CHECK (length(hex) = 64 AND hex NOT GLOB '*[^0-9a-f]*'),
    size INTEGER NOT NULL CHECK (size >= 0)
) STRICT;
CREATE TABLE points (
    x REAL NOT NULL CHECK (x BETWEEN -180 AND 180),
    y REAL NOT NULL CHECK (y BETWEEN -90 AND 90),
    label TEXT CHECK (label IS NULL OR label <> ''),
    UNIQUE (x, y)
);
CREATE TABLE steps (
    n INTEGER PRIMARY KEY CHECK (n BETWEEN 1 AND 100),
    after INTEGER UNIQUE REFERENCES steps (n) CHECK (after < n),
    at TEXT NOT NULL CHECK (time(at) = at),
    seconds NUMERIC NOT NULL CHECK (seconds > 0 AND seconds < 86400)
);
