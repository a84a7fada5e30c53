DROP TABLE login_{n};
