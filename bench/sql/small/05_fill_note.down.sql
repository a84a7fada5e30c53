UPDATE account_{n} SET note = NULL;
