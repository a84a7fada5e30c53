CREATE INDEX invoices_due ON invoices (due_on, number);
