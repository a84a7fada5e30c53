PRAGMA foreign_keys = OFF;

DROP VIEW open_gardens;
DROP VIEW current_leases;
DROP VIEW plot_labels;

CREATE TABLE gardens_new (
    id        INTEGER PRIMARY KEY,
    slug      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    country   TEXT NOT NULL REFERENCES countries (code) ON UPDATE CASCADE,
    opened_on TEXT NOT NULL,
    area_m2   NUMERIC CHECK (area_m2 > 0)
, longitude REAL, latitude REAL, closed_on date);
INSERT INTO gardens_new (id, slug, name, country, opened_on, area_m2, longitude, latitude, closed_on)
SELECT id, slug, name, country, opened_on, area_m2, longitude, latitude, closed_on
FROM gardens;
DROP TABLE gardens;
ALTER TABLE gardens_new RENAME TO gardens;
CREATE INDEX gardens_slug_bytes ON gardens (slug COLLATE RTRIM);

CREATE VIEW plot_labels AS
SELECT p.garden_id, p.number, g.slug || '/' || p.number AS label FROM plots AS p JOIN gardens AS g ON g.id = p.garden_id;
CREATE VIEW current_leases AS
SELECT l.id, g.slug, l.number, m.name, l.starts_on
FROM leases AS l
JOIN gardens AS g ON g.id = l.garden_id
JOIN members AS m ON m.id = l.member_id
WHERE l.ends_on IS NULL;
CREATE VIEW open_gardens AS SELECT id, slug, name FROM gardens WHERE closed_on IS NULL;
