CREATE TABLE garden_areas (
    garden_id integer NOT NULL REFERENCES gardens (id),
    outline   polygon NOT NULL,
    EXCLUDE USING gist (outline WITH &&)
);
INSERT INTO garden_areas VALUES (1, '((0,0),(0,5),(5,5),(5,0))'), (2, '((10,10),(10,12),(12,12))');
