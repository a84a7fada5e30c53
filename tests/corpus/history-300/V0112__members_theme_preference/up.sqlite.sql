UPDATE members SET preferences = json_patch(preferences, '{"ui":{"theme":"dark"}}') WHERE id % 2 = 1;
