PRAGMA foreign_keys = OFF;

CREATE TABLE plots_new (
    garden_id integer NOT NULL REFERENCES gardens (id) ON DELETE CASCADE,
    number    integer NOT NULL,
    area_m2   numeric(8, 2) NOT NULL,
    soil      text,
    PRIMARY KEY (garden_id, number),
    CONSTRAINT plots_area_sane CHECK (area_m2 BETWEEN 10 AND 1000)
);
INSERT INTO plots_new (garden_id, number, area_m2, soil)
SELECT garden_id, number, area_m2, soil
FROM plots;
DROP TABLE plots;
ALTER TABLE plots_new RENAME TO plots;
