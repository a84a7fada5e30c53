PRAGMA foreign_keys = OFF;

DROP VIEW payments_running;

CREATE TABLE payments_new (
    id        integer PRIMARY KEY,
    paid_on   date NOT NULL,
    amount    numeric(16, 4) NOT NULL CHECK (amount > 0),
    reference text,
    method    text NOT NULL DEFAULT 'transfer' CHECK (method IN ('transfer', 'cash', 'card'))
);
INSERT INTO payments_new (id, paid_on, amount, reference, method)
SELECT id, paid_on, amount, reference, method
FROM payments;
DROP TABLE payments;
ALTER TABLE payments_new RENAME TO payments;
CREATE INDEX payments_paid_on ON payments (paid_on DESC);

CREATE VIEW payments_running AS
SELECT id, paid_on, amount,
       sum(amount) OVER (ORDER BY paid_on, id ROWS UNBOUNDED PRECEDING) AS running,
       ntile(2) OVER (ORDER BY amount) AS half,
       first_value(id) OVER (PARTITION BY method ORDER BY paid_on) AS first_of_method
FROM payments;
