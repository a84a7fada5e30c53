CREATE TABLE account_{n} (
    id         bigint NOT NULL PRIMARY KEY,
    email      text NOT NULL,
    name       text NOT NULL,
    created_at text NOT NULL
);
