ALTER TABLE harvests ALTER COLUMN crop_id SET STATISTICS -1;
DROP STATISTICS harvests_plot_stats;
