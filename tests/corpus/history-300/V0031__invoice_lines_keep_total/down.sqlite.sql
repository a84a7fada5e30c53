DROP TRIGGER invoice_lines_deleted;
DROP TRIGGER invoice_lines_inserted;
