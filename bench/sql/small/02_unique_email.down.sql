DROP INDEX account_{n}_email;
