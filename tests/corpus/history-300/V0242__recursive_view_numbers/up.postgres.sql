CREATE RECURSIVE VIEW weeks (n, monday) AS
    VALUES (1, date '2020-01-06')
    UNION ALL
    SELECT n + 1, monday + 7 FROM weeks WHERE n < 52;
