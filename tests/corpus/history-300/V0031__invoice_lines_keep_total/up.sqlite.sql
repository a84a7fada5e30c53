CREATE TRIGGER invoice_lines_inserted AFTER INSERT ON invoice_lines
BEGIN
    UPDATE invoices SET total = (SELECT round(sum(quantity * unit_price), 2) FROM invoice_lines WHERE invoice = NEW.invoice)
    WHERE number = NEW.invoice;
END;
CREATE TRIGGER invoice_lines_deleted AFTER DELETE ON invoice_lines
BEGIN
    UPDATE invoices
    SET total = coalesce((SELECT round(sum(quantity * unit_price), 2) FROM invoice_lines WHERE invoice = OLD.invoice), 0)
    WHERE number = OLD.invoice;
END;
