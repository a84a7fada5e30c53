UPDATE waiting_list SET priority = 0 WHERE garden_id = 1 AND member_id = 2;
DELETE FROM waiting_list WHERE garden_id = 3 AND member_id = 2;
