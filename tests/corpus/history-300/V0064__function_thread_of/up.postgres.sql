CREATE FUNCTION thread_of(message bigint, OUT root bigint, OUT path bigint[])
LANGUAGE sql STABLE AS $sql$
    WITH RECURSIVE up AS (
        SELECT id, parent_id, ARRAY[id] AS path FROM messages WHERE id = message
        UNION ALL
        SELECT m.id, m.parent_id, m.id || up.path FROM messages AS m JOIN up ON m.id = up.parent_id
    )
    SELECT id, path FROM up WHERE parent_id IS NULL
$sql$;
COMMENT ON FUNCTION thread_of(bigint) IS 'thread_of(4) → (1, {1,3,4})';
