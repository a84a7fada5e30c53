-- 'Tools' and ' water' were never meant. What is merged is kept aside, so that it can come back.
CREATE TABLE merged_tags AS
SELECT t.id, t.name, (SELECT min(k.id) FROM tags AS k WHERE lower(trim(k.name)) = lower(trim(t.name))) AS kept_id
FROM tags AS t;
DELETE FROM merged_tags WHERE id = kept_id;

CREATE TABLE merged_message_tags AS
SELECT mt.message_id, mt.tag_id,
       CASE WHEN EXISTS (SELECT 1 FROM message_tags AS x WHERE x.message_id = mt.message_id AND x.tag_id = m.kept_id)
            THEN 0 ELSE 1 END AS moved
FROM message_tags AS mt
JOIN merged_tags AS m ON m.id = mt.tag_id;

INSERT INTO message_tags (message_id, tag_id)
SELECT DISTINCT k.message_id, m.kept_id
FROM merged_message_tags AS k
JOIN merged_tags AS m ON m.id = k.tag_id
WHERE k.moved = 1;

DELETE FROM tags WHERE id IN (SELECT id FROM merged_tags);
CREATE UNIQUE INDEX tags_name ON tags (lower(trim(name)));
