CREATE VIEW current_leases AS
SELECT l.id, g.slug, l.number, m.full_name, l.starts_on
FROM leases AS l
JOIN gardens AS g ON g.id = l.garden_id
JOIN members AS m ON m.id = l.member_id
WHERE l.ends_on IS NULL;
