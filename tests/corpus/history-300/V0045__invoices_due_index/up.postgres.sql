-- The table is busy by now: build it without stopping the writers.
-- switchback: step index no-transaction
CREATE INDEX CONCURRENTLY invoices_due ON invoices (due_on, number);
