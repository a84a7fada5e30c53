ALTER TABLE options RENAME CONSTRAINT settings_pkey TO options_pkey;
ALTER INDEX leases_plot RENAME TO leases_by_plot;
