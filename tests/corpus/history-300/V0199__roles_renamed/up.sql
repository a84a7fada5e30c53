UPDATE roles SET name = 'president' WHERE name = 'chair';
