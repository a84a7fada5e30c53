DELETE FROM login_{n} WHERE id = 1;
