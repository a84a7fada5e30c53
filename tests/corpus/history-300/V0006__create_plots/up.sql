-- A plot has a number within its garden; leases will refer to both.
CREATE TABLE "plots" (
    garden_id integer NOT NULL REFERENCES gardens (id) ON DELETE CASCADE,
    number    integer NOT NULL,
    area_m2   numeric(8, 2) NOT NULL,
    soil      text,
    PRIMARY KEY (garden_id, number),
    CONSTRAINT plots_area_sane CHECK (area_m2 BETWEEN 10 AND 1000)
);

INSERT INTO plots (garden_id, number, area_m2, soil) VALUES
    (1, 1, 250, 'loam'), (1, 2, 300.5, 'loam'), (1, 3, 275.25, 'sand'),
    (2, 1, 120, 'clay'), (2, 2, 180, NULL),
    (3, 7, 90.75, 'silt');
