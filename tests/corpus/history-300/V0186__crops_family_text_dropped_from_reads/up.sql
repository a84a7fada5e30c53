CREATE VIEW crop_list AS
SELECT c.id, c.common, c.latin, f.name AS family
FROM crops AS c
LEFT JOIN families AS f ON f.id = c.family_id;
