ALTER PUBLICATION prices ADD TABLE orders;
ALTER PUBLICATION prices SET (publish = 'insert, update, delete, truncate');
