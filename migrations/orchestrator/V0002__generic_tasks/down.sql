DROP TABLE generic_task_rejects;
DROP TABLE task_dependencies;
DROP TABLE generic_tasks;
