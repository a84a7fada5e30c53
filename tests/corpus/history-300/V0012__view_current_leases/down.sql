DROP VIEW current_leases;
