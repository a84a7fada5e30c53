CREATE VIEW motion_results AS
SELECT m.id, m.wording,
       count(*) FILTER (WHERE v.choice = 'for') AS yes,
       count(*) FILTER (WHERE v.choice = 'against') AS no,
       bool_and(v.choice = 'for') AS unanimous,
       string_agg(mem.name, ', ' ORDER BY mem.name) AS voters
FROM motions AS m
LEFT JOIN votes AS v ON v.motion_id = m.id
LEFT JOIN members AS mem ON mem.id = v.member_id
GROUP BY m.id;
