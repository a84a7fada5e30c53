DROP TABLE lock_tracking;
DROP TABLE subtasks;
DROP TABLE task_breakdowns;
