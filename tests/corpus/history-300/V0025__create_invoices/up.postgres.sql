CREATE SEQUENCE invoice_numbers START WITH 20150001 INCREMENT BY 1 MINVALUE 1 MAXVALUE 99999999 CACHE 1 NO CYCLE;
CREATE TABLE invoices (
    number    bigint PRIMARY KEY DEFAULT nextval('invoice_numbers'),
    lease_id  bigint NOT NULL REFERENCES leases (id) DEFERRABLE INITIALLY DEFERRED,
    issued_on date NOT NULL DEFAULT CURRENT_DATE,
    due_on    date NOT NULL,
    total     numeric(12, 2) NOT NULL DEFAULT 0,
    CONSTRAINT invoices_due_after_issue CHECK (due_on >= issued_on)
);
ALTER SEQUENCE invoice_numbers OWNED BY invoices.number;
