WITH worked AS (
    SELECT member_id, sum(hours) AS hours FROM shift_members GROUP BY member_id
),
picked AS (
    SELECT l.member_id, sum(h.kilograms) AS kilograms
    FROM harvests AS h
    JOIN leases AS l ON l.garden_id = h.garden_id AND l.number = h.number
    GROUP BY l.member_id
)
INSERT INTO member_badges (member_id, badge, reason)
SELECT w.member_id, b.code, 'worked' FROM worked AS w JOIN badges AS b ON b.code = 'helper' AND w.hours >= b.threshold
UNION ALL
SELECT p.member_id, b.code, 'picked' FROM picked AS p JOIN badges AS b ON b.code = 'green-thumb' AND p.kilograms >= b.threshold;
