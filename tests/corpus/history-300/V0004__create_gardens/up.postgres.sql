CREATE TABLE gardens (
    id        integer PRIMARY KEY,
    slug      text NOT NULL CONSTRAINT gardens_slug_key UNIQUE,
    name      text NOT NULL,
    country   varchar(2) NOT NULL REFERENCES countries (code) ON UPDATE CASCADE,
    opened_on date NOT NULL,
    area_m2   numeric(10, 2) CHECK (area_m2 > 0)
);
