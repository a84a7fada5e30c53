CREATE INDEX payments_paid_on ON payments USING brin (paid_on) WITH (pages_per_range = 32);
