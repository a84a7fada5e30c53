CREATE TABLE opening_hours (
    garden_id INTEGER NOT NULL REFERENCES gardens (id) ON DELETE CASCADE,
    weekday   INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    opens     TEXT NOT NULL,
    closes    TEXT NOT NULL,
    PRIMARY KEY (garden_id, weekday)
) STRICT, WITHOUT ROWID;
INSERT INTO opening_hours VALUES (1, 1, '08:00', '20:00'), (1, 6, '09:00', '18:00');
