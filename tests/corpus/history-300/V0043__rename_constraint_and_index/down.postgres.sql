ALTER INDEX leases_by_plot RENAME TO leases_plot;
ALTER TABLE options RENAME CONSTRAINT options_pkey TO settings_pkey;
