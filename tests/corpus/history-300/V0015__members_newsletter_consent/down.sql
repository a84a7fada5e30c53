UPDATE members SET newsletter = false WHERE id IN (1, 4);
