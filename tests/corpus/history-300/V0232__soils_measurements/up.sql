CREATE TABLE soil_samples (
    id        integer PRIMARY KEY,
    garden_id integer NOT NULL,
    number    integer NOT NULL,
    taken_on  date NOT NULL,
    ph        numeric(3, 1),
    nitrogen  numeric(6, 2),
    lab       text,
    CONSTRAINT soil_samples_plot FOREIGN KEY (garden_id, number) REFERENCES plots (garden_id, number),
    CONSTRAINT soil_samples_once UNIQUE (garden_id, number, taken_on)
);
INSERT INTO soil_samples VALUES (1, 1, 1, '2019-03-01', 6.6, 12.25, 'LUFA'), (2, 1, 2, '2019-03-01', 5.9, NULL, 'LUFA'), (3, 3, 7, '2019-05-01', 7.0, 3, NULL);
