DELETE FROM gardens WHERE id IN (1, 2, 3);
