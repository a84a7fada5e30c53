CREATE SCHEMA reporting
    CREATE TABLE targets (year integer PRIMARY KEY, kilograms numeric NOT NULL)
    CREATE VIEW missed AS SELECT year FROM targets WHERE kilograms > 100;
INSERT INTO reporting.targets VALUES (2018, 25), (2019, 120.5);
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT ON TABLES TO PUBLIC;
