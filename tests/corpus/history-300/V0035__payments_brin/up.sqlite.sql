CREATE INDEX payments_paid_on ON payments (paid_on DESC);
