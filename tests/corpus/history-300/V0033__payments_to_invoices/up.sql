CREATE TABLE payment_allocations (
    payment_id integer NOT NULL REFERENCES payments (id) ON DELETE CASCADE,
    invoice    bigint NOT NULL REFERENCES invoices (number),
    amount     numeric(12, 2) NOT NULL,
    PRIMARY KEY (payment_id, invoice)
);
INSERT INTO payment_allocations (payment_id, invoice, amount)
SELECT p.id, i.number, p.amount
FROM payments AS p
JOIN invoices AS i ON p.reference LIKE '%' || CAST(i.number AS text) || '%';
