CREATE UNIQUE INDEX account_{n}_email ON account_{n} (email);
