DROP VIEW payments_running;
ALTER TABLE payments ALTER COLUMN amount TYPE numeric(16, 4);
CREATE VIEW payments_running AS
SELECT id, paid_on, amount,
       sum(amount) OVER (ORDER BY paid_on, id ROWS UNBOUNDED PRECEDING) AS running,
       ntile(2) OVER (ORDER BY amount) AS half,
       first_value(id) OVER (PARTITION BY method ORDER BY paid_on) AS first_of_method
FROM payments;
