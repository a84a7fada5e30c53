CREATE TABLE "invoices" (
    number    INTEGER PRIMARY KEY,
    lease_id  INTEGER NOT NULL REFERENCES leases (id) DEFERRABLE INITIALLY DEFERRED,
    issued_on TEXT NOT NULL DEFAULT CURRENT_DATE,
    due_on    TEXT NOT NULL,
    total     NUMERIC NOT NULL DEFAULT 0,
    CONSTRAINT invoices_due_after_issue CHECK (due_on >= issued_on)
);
