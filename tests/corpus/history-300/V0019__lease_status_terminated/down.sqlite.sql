PRAGMA foreign_keys = OFF;

DROP VIEW current_leases;

CREATE TABLE leases_new (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    garden_id INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members (id) ON DELETE RESTRICT,
    starts_on TEXT NOT NULL,
    ends_on   TEXT, status TEXT NOT NULL DEFAULT 'signed' CHECK (status IN ('draft', 'signed', 'ended')),
    FOREIGN KEY (garden_id, number) REFERENCES plots (garden_id, number) ON UPDATE CASCADE,
    CHECK (ends_on IS NULL OR ends_on > starts_on)
);
INSERT INTO leases_new (id, garden_id, number, member_id, starts_on, ends_on, status)
SELECT id, garden_id, number, member_id, starts_on, ends_on, status
FROM leases;
DROP TABLE leases;
ALTER TABLE leases_new RENAME TO leases;
CREATE INDEX leases_plot ON leases (garden_id, number);
CREATE INDEX leases_member ON leases (member_id);
CREATE UNIQUE INDEX leases_one_running ON leases (garden_id, number) WHERE ends_on IS NULL;

CREATE VIEW current_leases AS
SELECT l.id, g.slug, l.number, m.full_name, l.starts_on
FROM leases AS l
JOIN gardens AS g ON g.id = l.garden_id
JOIN members AS m ON m.id = l.member_id
WHERE l.ends_on IS NULL;
