CREATE TABLE beehives (
    id       INTEGER PRIMARY KEY,
    position ANY NOT NULL,
    colour   BLOB CHECK (length(colour) = 3),
    weight   TEXT CHECK (weight IS NULL OR json_array_length(weight) > 0),
    notes    TEXT,
    costs    INT,
    duration REAL
) STRICT;
INSERT INTO beehives (id, position, colour, weight, notes, costs, duration) VALUES
    (1, '(1,2)', x'FF00FF', '[31.5,32,30.25]', '<hive><queen year="2018"/></hive>', 24990, 2.128),
    (2, 4.5, x'00FF00', NULL, NULL, NULL, NULL);
