-- How many tasks are done, in version 2: the checkbox says it.
SELECT count(*) FROM tasks WHERE checked = 1;
