CREATE VIEW weeks AS
WITH RECURSIVE w (n, monday) AS (
    VALUES (1, '2020-01-06')
    UNION ALL
    SELECT n + 1, date(monday, '+7 days') FROM w WHERE n < 52
)
SELECT n, monday FROM w;
