CREATE VIEW invoice_totals (number, lines, total) AS
SELECT invoice, count(*), sum(quantity * unit_price)
FROM invoice_lines
GROUP BY invoice;
