DROP TABLE task_notes;
DROP TABLE tasks;
DROP TABLE milestones;
DROP TABLE projects;
