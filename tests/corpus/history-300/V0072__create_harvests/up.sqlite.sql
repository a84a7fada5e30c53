CREATE TABLE "harvests" (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    garden_id   INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    crop_id     INTEGER NOT NULL REFERENCES crops (id),
    picked_on   TEXT NOT NULL,
    kilograms   NUMERIC NOT NULL CHECK (kilograms > 0),
    CONSTRAINT harvests_plot FOREIGN KEY (garden_id, number) REFERENCES plots (garden_id, number)
        ON DELETE CASCADE
);
INSERT INTO harvests (id, garden_id, number, crop_id, picked_on, kilograms) VALUES
    (x'6f1b7c520c1e4f2a9c515b1f6f0a0001', 1, 1, 1, '2018-07-20', 2.4),
    (x'6f1b7c520c1e4f2a9c515b1f6f0a0002', 1, 1, 2, '2018-08-01', 0.75),
    (x'6f1b7c520c1e4f2a9c515b1f6f0a0003', 1, 2, 3, '2018-05-11', 5),
    (x'6f1b7c520c1e4f2a9c515b1f6f0a0004', 3, 7, 1, '2018-09-02', 11.125);
