-- Queries that must return no rows. A task that the application has updated since is no longer compared; one that it
-- has deleted is missed.

-- Every breakdown was migrated or rejected.
SELECT s.parent_task_id FROM task_breakdowns_legacy_archive AS s
WHERE NOT EXISTS (SELECT 1 FROM generic_task_rejects AS r WHERE r.source = 'task_breakdowns' AND r.id = s.parent_task_id)
  AND NOT EXISTS (SELECT 1 FROM generic_tasks AS t WHERE t.task_id = s.parent_task_id);

-- Every subtask was migrated or rejected.
SELECT s.task_id FROM subtasks_legacy_archive AS s
WHERE NOT EXISTS (SELECT 1 FROM generic_task_rejects AS r WHERE r.source = 'subtasks' AND r.id = s.task_id)
  AND NOT EXISTS (SELECT 1 FROM generic_tasks AS t WHERE t.task_id = s.task_id);

-- Every attribute of every breakdown is preserved.
SELECT s.parent_task_id FROM task_breakdowns_legacy_archive AS s JOIN generic_tasks AS t ON t.task_id = s.parent_task_id
WHERE t.updated_at = s.created_at
  AND NOT EXISTS (SELECT 1 FROM generic_task_rejects AS r WHERE r.source = 'task_breakdowns' AND r.id = s.parent_task_id)
  AND (t.task_type = 'breakdown' AND t.parent_task_id IS NULL AND t.status = 'active' AND t.created_at = s.created_at
    AND CAST(t.attributes ->> 'title' AS text) IS NOT DISTINCT FROM CAST('Task Breakdown: ' || substr(s.description, 1, 50) || '...' AS text)
    AND CAST(t.attributes ->> 'description' AS text) IS NOT DISTINCT FROM CAST(s.description AS text)
    AND CAST(t.attributes ->> 'complexity' AS text) IS NOT DISTINCT FROM CAST(s.complexity AS text)
    AND CAST(t.attributes ->> 'context' AS text) IS NOT DISTINCT FROM CAST(s.context AS text)
    AND CAST(t.attributes ->> 'original_breakdown_id' AS text) IS NOT DISTINCT FROM CAST(s.parent_task_id AS text)
    AND t.attributes ->> 'legacy_migration' IS NOT NULL AND t.attributes ->> 'migration_timestamp' IS NOT NULL
    AND (SELECT count(*) FROM jsonb_object_keys(t.attributes)) = 7) IS NOT TRUE;

-- Every attribute of every subtask is preserved.
SELECT s.task_id FROM subtasks_legacy_archive AS s JOIN generic_tasks AS t ON t.task_id = s.task_id
WHERE t.updated_at = coalesce(s.completed_at, s.created_at)
  AND NOT EXISTS (SELECT 1 FROM generic_task_rejects AS r WHERE r.source = 'subtasks' AND r.id = s.task_id)
  AND (t.task_type = 'specialist_task' AND t.parent_task_id = s.parent_task_id AND t.status = s.status AND t.created_at = s.created_at
    AND CAST(t.attributes ->> 'title' AS text) IS NOT DISTINCT FROM CAST(s.title AS text)
    AND CAST(t.attributes ->> 'description' AS text) IS NOT DISTINCT FROM CAST(s.description AS text)
    AND CAST(t.attributes ->> 'specialist_type' AS text) IS NOT DISTINCT FROM CAST(s.specialist_type AS text)
    AND CAST(t.attributes ->> 'estimated_effort' AS text) IS NOT DISTINCT FROM CAST(s.estimated_effort AS text)
    AND CAST(t.attributes ->> 'legacy_subtask_id' AS text) IS NOT DISTINCT FROM CAST(s.task_id AS text)
    AND CAST(t.attributes ->> 'original_status' AS text) IS NOT DISTINCT FROM CAST(s.status AS text)
    AND CAST(t.attributes ->> 'legacy_results' AS text) IS NOT DISTINCT FROM CAST(s.results AS text)
    AND CAST(t.attributes ->> 'file_operations_count' AS text) IS NOT DISTINCT FROM CAST(s.file_operations_count AS text)
    AND CAST(t.attributes ->> 'verification_status' AS text) IS NOT DISTINCT FROM CAST(s.verification_status AS text)
    AND CASE WHEN NOT EXISTS (SELECT 1 FROM generic_task_rejects AS r WHERE r.source = 'subtasks' AND r.id = s.task_id) THEN (t.attributes -> 'legacy_artifacts') IS NOT DISTINCT FROM s.artifacts::jsonb END
    AND t.attributes ->> 'legacy_migration' IS NOT NULL AND t.attributes ->> 'migration_timestamp' IS NOT NULL
    AND (SELECT count(*) FROM jsonb_object_keys(t.attributes)) = 8 + (CASE WHEN s.results IS NULL THEN 0 ELSE 1 END) + (CASE WHEN s.artifacts IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN s.file_operations_count IS NULL THEN 0 ELSE 1 END) + (CASE WHEN s.verification_status IS NULL THEN 0 ELSE 1 END)) IS NOT TRUE;

-- Every legacy dependency is there.
WITH valid AS MATERIALIZED (
    SELECT s.task_id, s.dependencies FROM subtasks_legacy_archive AS s
    WHERE s.dependencies IS NOT NULL AND NOT EXISTS (SELECT 1 FROM generic_task_rejects AS r WHERE r.source = 'subtasks' AND r.id = s.task_id)
),
edges (task_id, dependency_task_id) AS (SELECT DISTINCT v.task_id, d.value FROM valid AS v, jsonb_array_elements_text(v.dependencies::jsonb) AS d (value))
SELECT e.task_id, e.dependency_task_id FROM edges AS e
JOIN subtasks_legacy_archive AS s ON s.task_id = e.task_id
JOIN generic_tasks AS t ON t.task_id = e.task_id AND t.updated_at = coalesce(s.completed_at, s.created_at)
EXCEPT SELECT task_id, dependency_task_id FROM task_dependencies;

-- No dependency claims to come from legacy and does not.
WITH valid AS MATERIALIZED (
    SELECT s.task_id, s.dependencies FROM subtasks_legacy_archive AS s
    WHERE s.dependencies IS NOT NULL AND NOT EXISTS (SELECT 1 FROM generic_task_rejects AS r WHERE r.source = 'subtasks' AND r.id = s.task_id)
),
edges (task_id, dependency_task_id) AS (SELECT DISTINCT v.task_id, d.value FROM valid AS v, jsonb_array_elements_text(v.dependencies::jsonb) AS d (value))
SELECT d.task_id, d.dependency_task_id FROM task_dependencies AS d
WHERE d.dependency_type = 'completion' AND d.description = 'Legacy dependency on ' || d.dependency_task_id
EXCEPT SELECT task_id, dependency_task_id FROM edges;

-- The hierarchy loads: from the roots every task is reached.
WITH RECURSIVE tree (task_id) AS (
    SELECT task_id FROM generic_tasks WHERE parent_task_id IS NULL
    UNION
    SELECT t.task_id FROM generic_tasks AS t JOIN tree ON t.parent_task_id = tree.task_id
)
SELECT t.task_id FROM generic_tasks AS t WHERE NOT EXISTS (SELECT 1 FROM tree WHERE tree.task_id = t.task_id);

-- The graph of dependencies has no edge to nowhere.
SELECT d.task_id, d.dependency_task_id FROM task_dependencies AS d
WHERE NOT EXISTS (SELECT 1 FROM generic_tasks AS t WHERE t.task_id = d.task_id)
   OR NOT EXISTS (SELECT 1 FROM generic_tasks AS t WHERE t.task_id = d.dependency_task_id);
