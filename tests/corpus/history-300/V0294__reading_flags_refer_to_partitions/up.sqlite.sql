CREATE TABLE reading_flags (
    sensor_id INTEGER NOT NULL,
    taken_at  TEXT NOT NULL,
    flag      TEXT COLLATE BINARY NOT NULL,
    CONSTRAINT reading_flags_reading FOREIGN KEY (sensor_id, taken_at) REFERENCES readings (sensor_id, taken_at)
        ON DELETE CASCADE
);
CREATE INDEX reading_flags_newest ON reading_flags (taken_at DESC, flag COLLATE NOCASE ASC);
INSERT INTO reading_flags SELECT sensor_id, taken_at, 'spike' FROM readings WHERE value > 18 ORDER BY sensor_id, taken_at LIMIT 3;
