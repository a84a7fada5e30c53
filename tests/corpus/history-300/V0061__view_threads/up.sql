CREATE VIEW threads AS
WITH RECURSIVE tree (id, root, depth) AS (
    SELECT id, id, 0 FROM messages WHERE parent_id IS NULL
    UNION ALL
    SELECT m.id, t.root, t.depth + 1
    FROM messages AS m
    JOIN tree AS t ON m.parent_id = t.id
)
SELECT root, count(*) AS messages, max(depth) AS depth
FROM tree
GROUP BY root;
