CREATE VIEW recent_{n} AS
    SELECT a.name, l.at FROM login_{n} l JOIN account_{n} a ON a.id = l.account_id;
