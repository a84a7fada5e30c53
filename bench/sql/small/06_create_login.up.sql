CREATE TABLE login_{n} (
    id         bigint NOT NULL PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account_{n} (id),
    at         text NOT NULL
);
