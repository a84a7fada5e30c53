ALTER TABLE invoice_lines ALTER COLUMN invoice TYPE bigint;
ALTER TABLE invoice_lines
    ADD CONSTRAINT invoice_lines_invoice_fkey FOREIGN KEY (invoice) REFERENCES invoices (number)
    ON DELETE CASCADE ON UPDATE CASCADE NOT VALID;
ALTER TABLE invoice_lines VALIDATE CONSTRAINT invoice_lines_invoice_fkey;
