DELETE FROM sessions WHERE hex(token) LIKE '00FF%';
