CREATE TABLE "leases" (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    garden_id INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members (id) ON DELETE RESTRICT,
    starts_on TEXT NOT NULL,
    ends_on   TEXT,
    FOREIGN KEY (garden_id, number) REFERENCES plots (garden_id, number) ON UPDATE CASCADE,
    CHECK (ends_on IS NULL OR ends_on > starts_on)
);
