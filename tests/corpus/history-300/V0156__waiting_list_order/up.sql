CREATE INDEX waiting_list_order ON waiting_list (garden_id, priority DESC, since);
CREATE VIEW next_in_line AS
SELECT garden_id, member_id, row_number() OVER (PARTITION BY garden_id ORDER BY priority DESC, since, member_id) AS place
FROM waiting_list;
