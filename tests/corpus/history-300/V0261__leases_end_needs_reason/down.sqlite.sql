PRAGMA foreign_keys = OFF;

DROP VIEW debtors;
DROP VIEW yearly_rent;
DROP VIEW current_leases;

CREATE TABLE leases_new (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    garden_id INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members (id) ON DELETE RESTRICT,
    starts_on TEXT NOT NULL,
    ends_on   TEXT, status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'signed', 'terminated', 'ended')), tariff_id integer references tariffs (id), end_reason text,
    FOREIGN KEY (garden_id, number) REFERENCES plots (garden_id, number) ON UPDATE CASCADE,
    CHECK (ends_on IS NULL OR ends_on > starts_on)
);
INSERT INTO leases_new (id, garden_id, number, member_id, starts_on, ends_on, status, tariff_id, end_reason)
SELECT id, garden_id, number, member_id, starts_on, ends_on, status, tariff_id, end_reason
FROM leases;
DROP TABLE leases;
ALTER TABLE leases_new RENAME TO leases;
CREATE INDEX leases_member ON leases (member_id);
CREATE UNIQUE INDEX leases_one_running ON leases (garden_id, number) WHERE ends_on IS NULL;
CREATE INDEX leases_by_plot ON leases (garden_id, number);
CREATE INDEX leases_tariff ON leases (tariff_id) WHERE tariff_id IS NOT NULL;

CREATE VIEW current_leases AS
SELECT l.id, g.slug, l.number, m.name, l.starts_on
FROM leases AS l
JOIN gardens AS g ON g.id = l.garden_id
JOIN members AS m ON m.id = l.member_id
WHERE l.ends_on IS NULL;
CREATE TRIGGER leases_do_not_overlap BEFORE INSERT ON leases
WHEN EXISTS (
    SELECT 1 FROM leases AS other
    WHERE other.garden_id = NEW.garden_id AND other.number = NEW.number
      AND coalesce(other.ends_on, '9999-12-31') > NEW.starts_on
      AND coalesce(NEW.ends_on, '9999-12-31') > other.starts_on
)
BEGIN
    SELECT RAISE(ABORT, 'the plot is leased for part of that time');
END;
CREATE VIEW yearly_rent AS
SELECT l.id AS lease_id,
       round(p.square_metres * t.per_m2 + t.flat, 2) AS rent,
       CASE
           WHEN t.name = 'reduced' THEN 'reduced'
           WHEN p.square_metres > 300 THEN CASE WHEN l.status = 'ended' THEN 'large, ended' ELSE 'large' END
           ELSE 'normal'
       END AS class
FROM leases AS l
JOIN plots AS p ON p.garden_id = l.garden_id AND p.number = l.number
JOIN tariffs AS t ON t.id = l.tariff_id;
CREATE VIEW debtors AS
SELECT m.id, m.name, max(r.level) AS level, r.sent_on, json_group_array(i.number) AS invoices
FROM members AS m
JOIN leases AS l ON l.member_id = m.id
JOIN invoices AS i ON i.lease_id = l.id
JOIN reminders AS r ON r.invoice = i.number
GROUP BY m.id;
