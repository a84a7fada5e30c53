-- Everybody who waits longer than a year moves up; a second run changes nothing.
INSERT INTO waiting_list (garden_id, member_id, since, priority) VALUES (1, 2, '2017-07-07', 5), (3, 2, '2019-01-01', 1)
ON CONFLICT (garden_id, member_id) DO UPDATE SET priority = waiting_list.priority + excluded.priority
WHERE waiting_list.priority < excluded.priority;
