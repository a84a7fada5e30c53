-- Made aside, filled from the default partition, then attached.
CREATE TABLE readings_2019 (LIKE readings INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE readings_2019 ADD CONSTRAINT readings_2019_range
    CHECK (taken_at >= '2019-01-01Z' AND taken_at < '2020-01-01Z');
ALTER TABLE readings ATTACH PARTITION readings_2019 FOR VALUES FROM ('2019-01-01Z') TO ('2020-01-01Z');
ALTER TABLE readings_2019 DROP CONSTRAINT readings_2019_range;
