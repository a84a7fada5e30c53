DROP INDEX leases_plot;
CREATE INDEX leases_by_plot ON leases (garden_id, number);
