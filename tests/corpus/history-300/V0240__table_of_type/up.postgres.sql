CREATE TYPE bed_row AS (bed integer, crop_id integer, sown_on date);
CREATE TABLE beds OF bed_row (
    PRIMARY KEY (bed),
    crop_id WITH OPTIONS NOT NULL REFERENCES crops (id),
    sown_on DEFAULT CURRENT_DATE
);
INSERT INTO beds VALUES (1, 1, '2020-04-01'), (2, 2, '2020-03-15');
