CREATE VIEW members_per_country (country, members, share) AS
SELECT c.name, count(m.id), count(m.id) * 100.0 / (SELECT count(*) FROM members)
FROM countries AS c
LEFT JOIN members AS m ON m.country = c.code
GROUP BY c.code, c.name;
