UPDATE roles SET name = 'chair' WHERE name = 'president';
