CREATE TABLE water_meters (
    serial    text PRIMARY KEY,
    garden_id integer NOT NULL,
    number    integer NOT NULL,
    built_in  date NOT NULL,
    FOREIGN KEY (garden_id, number) REFERENCES plots (garden_id, number) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE meter_readings (
    serial  text NOT NULL REFERENCES water_meters (serial) ON DELETE CASCADE ON UPDATE CASCADE,
    read_on date NOT NULL,
    m3      numeric(9, 3) NOT NULL CHECK (m3 >= 0),
    PRIMARY KEY (serial, read_on)
);
INSERT INTO water_meters VALUES ('A-100', 1, 1, '2016-04-01'), ('A-101', 1, 2, '2016-04-01'), ('B-7', 3, 7, '2017-05-05');
INSERT INTO meter_readings VALUES
    ('A-100', '2016-10-31', 12.5), ('A-100', '2017-10-31', 27.125), ('A-100', '2018-10-31', 61),
    ('A-101', '2016-10-31', 3), ('A-101', '2017-10-31', 9.75), ('B-7', '2018-10-31', 0);
