CREATE TABLE sensors (
    id BLOB PRIMARY KEY CHECK (typeof(id) = 'blob' AND length(id) = 16),
    mac TEXT NOT NULL UNIQUE CHECK (mac GLOB '[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]'),
    unit TEXT NOT NULL CHECK (unit IN ('°C', '%', 'hPa')),
    low REAL, high REAL,
    CHECK (low IS NULL OR high IS NULL OR low < high)
) WITHOUT ROWID;
CREATE TABLE readings (
    sensor BLOB NOT NULL REFERENCES sensors (id),
    at INTEGER NOT NULL CHECK (typeof(at) = 'integer'),
    value REAL NOT NULL,
    quality INTEGER NOT NULL DEFAULT 0 CHECK (quality & 7 = quality),
    PRIMARY KEY (sensor, at DESC)
) WITHOUT ROWID;
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sensor BLOB NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL COLLATE NOCASE CHECK (level IN ('low', 'high')),
    acknowledged_by TEXT, acknowledged_at INTEGER,
    FOREIGN KEY (sensor, at) REFERENCES readings (sensor, at),
    CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)),
    CHECK (acknowledged_at >= at)
);
CREATE TABLE any_values (k TEXT PRIMARY KEY, v ANY) STRICT;
CREATE TABLE calibrations (
    sensor BLOB REFERENCES sensors (id),
    since TEXT DEFAULT (datetime('now')) CHECK (since IS NOT NULL),
    gain NUMERIC NOT NULL CHECK (gain <> 0),
    curve TEXT CHECK (curve IS NULL OR json_extract(curve, '$.a') IS NOT NULL)
);
CREATE UNIQUE INDEX calibrations_current ON calibrations (sensor, date(since));
