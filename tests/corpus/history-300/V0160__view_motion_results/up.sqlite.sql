CREATE VIEW motion_results AS
SELECT m.id, m.wording, count(*) FILTER (WHERE v.choice = 1) AS yes, count(*) FILTER (WHERE v.choice = -1) AS no,
       min(v.choice) = 1 AS unanimous, group_concat(mem.name, ', ') AS voters
FROM motions AS m
LEFT JOIN votes AS v ON v.motion_id = m.id
LEFT JOIN members AS mem ON mem.id = v.member_id
GROUP BY m.id;
