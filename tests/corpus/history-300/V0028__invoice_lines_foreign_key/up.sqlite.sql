-- Too young to have been renamed or rebuilt: a copy, a drop and the true text again.
PRAGMA foreign_keys = OFF;

CREATE TEMP TABLE kept_lines AS SELECT * FROM invoice_lines;
DROP TABLE invoice_lines;
CREATE TABLE invoice_lines (
    invoice    integer NOT NULL REFERENCES invoices (number) ON DELETE CASCADE ON UPDATE CASCADE,
    position   integer NOT NULL,
    what       text NOT NULL,
    quantity   numeric(10, 3) NOT NULL DEFAULT 1,
    unit_price numeric(12, 4) NOT NULL,
    PRIMARY KEY (invoice, position),
    CHECK (position > 0),
    CHECK (quantity <> 0)
);
INSERT INTO invoice_lines SELECT * FROM kept_lines;
DROP TABLE kept_lines;
