DROP VIEW recent_{n};
