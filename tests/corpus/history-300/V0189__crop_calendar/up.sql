CREATE TABLE crop_calendar (
    crop_id integer NOT NULL REFERENCES crops (id),
    month   integer NOT NULL CHECK (month BETWEEN 1 AND 12),
    work    varchar(20) NOT NULL CHECK (work IN ('sow', 'plant', 'pick', 'prune')),
    PRIMARY KEY (crop_id, month, work)
);
INSERT INTO crop_calendar
SELECT c.id, m.month, 'pick' FROM crops AS c CROSS JOIN (SELECT 6 AS month UNION SELECT 7 UNION SELECT 8) AS m WHERE c.id <> 3;
INSERT INTO crop_calendar VALUES (3, 4, 'pick'), (3, 5, 'pick'), (1, 3, 'sow'), (1, 5, 'plant'), (2, 3, 'plant');
