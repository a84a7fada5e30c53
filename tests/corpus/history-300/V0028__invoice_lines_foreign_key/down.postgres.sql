ALTER TABLE invoice_lines DROP CONSTRAINT invoice_lines_invoice_fkey;
ALTER TABLE invoice_lines ALTER COLUMN invoice TYPE integer;
