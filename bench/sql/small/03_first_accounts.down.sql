DELETE FROM account_{n};
