CREATE TABLE "payments" (
    id        integer PRIMARY KEY,
    paid_on   date NOT NULL,
    amount    numeric(12, 2) NOT NULL CHECK (amount > 0),
    reference text,
    method    text NOT NULL DEFAULT 'transfer' CHECK (method IN ('transfer', 'cash', 'card'))
);
INSERT INTO payments (id, paid_on, amount, reference, method) VALUES
    (1, '2015-03-20', 137.50, 'RE 20150001', 'transfer'),
    (2, '2015-04-02', 100.00, '20150002 Teil', 'transfer'),
    (3, '2015-04-20', 65.28, NULL, 'cash');
