CREATE TABLE "inspections" (
    hive_id   integer NOT NULL REFERENCES beehives (id) ON DELETE CASCADE,
    on_day    date NOT NULL,
    inspector bigint REFERENCES members (id) ON DELETE SET NULL,
    mites     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (hive_id, on_day)
);
INSERT INTO inspections VALUES (1, '2019-05-01', 1, 3), (1, '2019-06-01', 1, 0), (2, '2019-05-01', 4, 17);
