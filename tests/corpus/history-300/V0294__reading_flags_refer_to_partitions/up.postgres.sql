CREATE TABLE reading_flags (
    sensor_id integer NOT NULL,
    taken_at  timestamptz NOT NULL,
    flag      text COLLATE "C" NOT NULL,
    CONSTRAINT reading_flags_reading FOREIGN KEY (sensor_id, taken_at) REFERENCES readings (sensor_id, taken_at)
        ON DELETE CASCADE
);
CREATE INDEX reading_flags_newest ON reading_flags (taken_at DESC NULLS LAST, flag COLLATE "C" ASC NULLS FIRST);
INSERT INTO reading_flags SELECT sensor_id, taken_at, 'spike' FROM readings WHERE value > 18 ORDER BY sensor_id, taken_at LIMIT 3;
