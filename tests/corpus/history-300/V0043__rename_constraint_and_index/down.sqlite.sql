DROP INDEX leases_by_plot;
CREATE INDEX leases_plot ON leases (garden_id, number);
