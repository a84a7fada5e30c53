CREATE FUNCTION invoice_total(bigint) RETURNS numeric
LANGUAGE sql STABLE STRICT
AS 'SELECT coalesce(sum(round(quantity * unit_price, 2)), 0) FROM invoice_lines WHERE invoice = $1';
