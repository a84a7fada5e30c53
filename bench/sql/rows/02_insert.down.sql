DELETE FROM measurement WHERE id = {n};
