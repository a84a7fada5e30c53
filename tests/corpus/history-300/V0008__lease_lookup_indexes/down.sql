DROP INDEX leases_one_running;
DROP INDEX leases_member;
DROP INDEX leases_plot;
