UPDATE account_{n} SET name = 'Edsger' WHERE id = 3;
