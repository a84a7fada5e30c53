CREATE INDEX login_{n}_account_id ON login_{n} (account_id);
