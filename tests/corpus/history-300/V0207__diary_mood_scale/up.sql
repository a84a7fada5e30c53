UPDATE diary SET mood = mood * 20 WHERE mood IS NOT NULL;
