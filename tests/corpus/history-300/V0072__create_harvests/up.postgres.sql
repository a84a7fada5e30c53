CREATE TABLE harvests (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    garden_id   integer NOT NULL,
    number      integer NOT NULL,
    crop_id     integer NOT NULL REFERENCES crops (id),
    picked_on   date NOT NULL,
    kilograms   numeric(7, 3) NOT NULL CHECK (kilograms > 0),
    CONSTRAINT harvests_plot FOREIGN KEY (garden_id, number) REFERENCES plots (garden_id, number) MATCH FULL
        ON DELETE CASCADE
);
INSERT INTO harvests (id, garden_id, number, crop_id, picked_on, kilograms) VALUES
    ('6f1b7c52-0c1e-4f2a-9c51-5b1f6f0a0001', 1, 1, 1, '2018-07-20', 2.4),
    ('6f1b7c52-0c1e-4f2a-9c51-5b1f6f0a0002', 1, 1, 2, '2018-08-01', 0.75),
    ('6f1b7c52-0c1e-4f2a-9c51-5b1f6f0a0003', 1, 2, 3, '2018-05-11', 5),
    ('6f1b7c52-0c1e-4f2a-9c51-5b1f6f0a0004', 3, 7, 1, '2018-09-02', 11.125);
