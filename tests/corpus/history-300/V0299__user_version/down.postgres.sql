ALTER FUNCTION invoice_total(bigint) STRICT;
ALTER FUNCTION invoice_total(bigint) RESET search_path;
