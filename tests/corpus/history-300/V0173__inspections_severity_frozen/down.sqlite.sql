PRAGMA foreign_keys = OFF;

CREATE TABLE inspections_new (
    hive_id   integer NOT NULL REFERENCES beehives (id) ON DELETE CASCADE,
    on_day    date NOT NULL,
    inspector bigint REFERENCES members (id) ON DELETE SET NULL,
    mites     integer NOT NULL DEFAULT 0, severity TEXT
    AS (CASE WHEN mites > 10 THEN 'high' WHEN mites > 0 THEN 'low' ELSE 'none' END),
    PRIMARY KEY (hive_id, on_day)
);
INSERT INTO inspections_new (hive_id, on_day, inspector, mites)
SELECT hive_id, on_day, inspector, mites
FROM inspections;
DROP TABLE inspections;
ALTER TABLE inspections_new RENAME TO inspections;
