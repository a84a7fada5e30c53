DROP TRIGGER leases_do_not_overlap;
