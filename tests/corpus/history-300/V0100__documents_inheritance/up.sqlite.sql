CREATE TABLE "documents" (
    id       INTEGER NOT NULL,
    kind     TEXT NOT NULL DEFAULT 'document' CHECK (kind IN ('document', 'contract', 'photo')),
    title    TEXT NOT NULL CONSTRAINT documents_title_there CHECK (title <> ''),
    added_on TEXT NOT NULL DEFAULT CURRENT_DATE,
    lease_id INTEGER REFERENCES leases (id),
    width    INTEGER,
    height   INTEGER,
    CHECK ((kind = 'photo') = (width IS NOT NULL AND height IS NOT NULL))
);
INSERT INTO documents VALUES (1, 'document', 'Statutes', '1921-05-01', NULL, NULL, NULL);
INSERT INTO documents VALUES (2, 'contract', 'Lease 1/1', '2015-03-01', 1, NULL, NULL);
INSERT INTO documents VALUES (3, 'photo', 'Summer', '2018-07-01', NULL, 4000, 3000);
