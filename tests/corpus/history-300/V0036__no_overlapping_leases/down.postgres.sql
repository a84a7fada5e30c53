ALTER TABLE leases DROP CONSTRAINT leases_do_not_overlap;
