DROP INDEX login_{n}_account_id;
