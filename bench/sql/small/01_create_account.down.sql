DROP TABLE account_{n};
