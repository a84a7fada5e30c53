CREATE INDEX leases_plot ON leases (garden_id, number);
CREATE INDEX leases_member ON leases (member_id);
CREATE UNIQUE INDEX leases_one_running ON leases (garden_id, number) WHERE ends_on IS NULL;
