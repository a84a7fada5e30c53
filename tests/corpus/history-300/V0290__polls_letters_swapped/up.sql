UPDATE poll_options SET letter = 'X' WHERE poll_id = 1 AND letter = 'A';
UPDATE poll_options SET letter = 'A' WHERE poll_id = 1 AND letter = 'B';
UPDATE poll_options SET letter = 'B' WHERE poll_id = 1 AND letter = 'X';
