CREATE TABLE invoice_lines (
    invoice    integer NOT NULL,
    position   integer NOT NULL,
    what       text NOT NULL,
    quantity   numeric(10, 3) NOT NULL DEFAULT 1,
    unit_price numeric(12, 4) NOT NULL,
    PRIMARY KEY (invoice, position),
    CHECK (position > 0),
    CHECK (quantity <> 0)
);
