UPDATE account_{n} SET note = 'founder' WHERE id = 1;
UPDATE account_{n} SET note = 'member' WHERE note IS NULL;
