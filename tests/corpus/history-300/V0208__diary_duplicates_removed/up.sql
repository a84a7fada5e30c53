CREATE TABLE diary_duplicates AS
SELECT d.* FROM diary AS d
WHERE EXISTS (SELECT 1 FROM diary AS e WHERE e.day = d.day AND e.text = d.text AND e.id < d.id);
DELETE FROM diary WHERE id IN (SELECT id FROM diary_duplicates);
