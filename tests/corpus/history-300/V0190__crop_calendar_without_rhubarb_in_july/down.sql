INSERT INTO crop_calendar
SELECT c.id, m.month, 'pick' FROM crops AS c CROSS JOIN (SELECT 7 AS month UNION SELECT 8) AS m WHERE c.perennial AND c.id <> 3;
