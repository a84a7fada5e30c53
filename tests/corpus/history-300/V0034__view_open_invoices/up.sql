CREATE VIEW open_invoices AS
WITH paid AS (
    SELECT invoice, sum(amount) AS amount
    FROM payment_allocations
    GROUP BY invoice
)
SELECT i.number, i.due_on, i.total - coalesce(p.amount, 0) AS open
FROM invoices AS i
LEFT JOIN paid AS p ON p.invoice = i.number
WHERE i.total > coalesce(p.amount, 0);
