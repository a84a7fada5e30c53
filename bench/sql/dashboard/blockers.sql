-- How many tasks are blocked; the same in both versions.
SELECT count(*) FROM tasks WHERE status = 'blocked';
