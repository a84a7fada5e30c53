CREATE TABLE "gardens" (
    id        INTEGER PRIMARY KEY,
    slug      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    country   TEXT NOT NULL REFERENCES countries (code) ON UPDATE CASCADE,
    opened_on TEXT NOT NULL,
    area_m2   NUMERIC CHECK (area_m2 > 0)
);
