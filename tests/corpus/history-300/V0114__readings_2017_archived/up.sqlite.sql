CREATE TABLE archive_readings_2017 (
    sensor_id INTEGER NOT NULL,
    taken_at  TEXT NOT NULL,
    value     REAL NOT NULL,
    PRIMARY KEY (sensor_id, taken_at)
) WITHOUT ROWID;
INSERT INTO archive_readings_2017 SELECT * FROM readings WHERE taken_at < '2018';
DELETE FROM readings WHERE taken_at < '2018';
