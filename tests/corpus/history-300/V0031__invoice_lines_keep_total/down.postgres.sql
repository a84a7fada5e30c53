DROP TRIGGER invoice_lines_keep_total ON invoice_lines;
DROP FUNCTION invoice_lines_changed();
