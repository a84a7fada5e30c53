ALTER PUBLICATION prices SET (publish = 'insert, update');
ALTER PUBLICATION prices DROP TABLE orders;
