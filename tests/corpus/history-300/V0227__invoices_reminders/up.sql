CREATE TABLE reminders (
    invoice bigint NOT NULL REFERENCES invoices (number) ON DELETE CASCADE,
    level   integer NOT NULL,
    sent_on date NOT NULL,
    fee     numeric(6, 2) NOT NULL DEFAULT 5.00,
    PRIMARY KEY (invoice, level),
    CONSTRAINT reminders_level CHECK (level IN (1, 2, 3))
);
INSERT INTO reminders (invoice, level, sent_on, fee) VALUES (20150002, 1, '2015-04-15', 0), (20150003, 1, '2016-06-15', 5), (20150003, 2, '2016-07-15', 5);
