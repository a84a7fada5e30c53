CREATE VIEW member_rank AS
SELECT m.id AS member_id, coalesce(max(r.rank), -1) AS rank
FROM members AS m
LEFT JOIN member_roles AS mr ON mr.member_id = m.id
LEFT JOIN roles AS r ON r.name = mr.role
GROUP BY m.id;
