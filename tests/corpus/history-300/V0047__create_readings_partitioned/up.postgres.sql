CREATE TABLE readings (
    sensor_id integer NOT NULL REFERENCES sensors (id),
    taken_at  timestamptz NOT NULL,
    value     double precision NOT NULL,
    PRIMARY KEY (sensor_id, taken_at)
) PARTITION BY RANGE (taken_at);
CREATE TABLE readings_2017 PARTITION OF readings FOR VALUES FROM ('2017-01-01Z') TO ('2018-01-01Z');
CREATE TABLE readings_2018 PARTITION OF readings FOR VALUES FROM ('2018-01-01Z') TO ('2019-01-01Z');
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;
