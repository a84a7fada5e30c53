-- Names without a schema in the report's functions are looked up here first.
ALTER FUNCTION invoice_total(bigint) SET search_path = public, reports;
ALTER FUNCTION invoice_total(bigint) CALLED ON NULL INPUT;
