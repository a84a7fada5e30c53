-- How many tasks are done, in version 1.
SELECT count(*) FROM tasks WHERE status = 'completed';
