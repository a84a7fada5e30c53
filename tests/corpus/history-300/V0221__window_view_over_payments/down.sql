DROP VIEW payments_running;
