DROP INDEX tags_name;
INSERT INTO tags (id, name) SELECT id, name FROM merged_tags;

DELETE FROM message_tags
WHERE EXISTS (
    SELECT 1 FROM merged_message_tags AS k
    JOIN merged_tags AS m ON m.id = k.tag_id
    WHERE k.moved = 1 AND k.message_id = message_tags.message_id AND m.kept_id = message_tags.tag_id
);
INSERT INTO message_tags (message_id, tag_id) SELECT message_id, tag_id FROM merged_message_tags;
DROP TABLE merged_message_tags;
DROP TABLE merged_tags;
