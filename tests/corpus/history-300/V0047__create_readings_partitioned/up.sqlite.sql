-- Millions of small rows: no rowid beside the key.
CREATE TABLE readings (
    sensor_id INTEGER NOT NULL REFERENCES sensors (id),
    taken_at  TEXT NOT NULL,
    value     REAL NOT NULL,
    PRIMARY KEY (sensor_id, taken_at)
) WITHOUT ROWID;
