CREATE TABLE crop_neighbours (
    crop_id  integer NOT NULL REFERENCES crops (id) ON DELETE CASCADE,
    other_id integer NOT NULL REFERENCES crops (id) ON DELETE CASCADE,
    good     boolean NOT NULL,
    PRIMARY KEY (crop_id, other_id),
    CHECK (crop_id < other_id)
);
INSERT INTO crop_neighbours VALUES (1, 2, true), (1, 5, false), (2, 3, true), (3, 4, false);
