-- switchback: step index no-transaction
DROP INDEX CONCURRENTLY invoices_due;
