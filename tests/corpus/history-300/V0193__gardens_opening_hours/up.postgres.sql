CREATE TYPE opening AS (weekday smallint, opens time, closes time with time zone);
CREATE TABLE opening_hours (
    garden_id integer PRIMARY KEY REFERENCES gardens (id) ON DELETE CASCADE,
    hours     opening[] NOT NULL DEFAULT ARRAY[]::opening[]
);
INSERT INTO opening_hours VALUES
    (1, ARRAY[(1, '08:00', '20:00+01'), (6, '09:00', '18:00+01')]::opening[]),
    (2, '{}');
