CREATE TABLE weather (
    garden_id integer NOT NULL REFERENCES gardens (id),
    day       date NOT NULL,
    low       numeric(4, 1),
    high      numeric(4, 1),
    rain_mm   numeric(5, 1) NOT NULL DEFAULT 0,
    PRIMARY KEY (garden_id, day),
    CONSTRAINT weather_low_below_high CHECK (low <= high)
);
