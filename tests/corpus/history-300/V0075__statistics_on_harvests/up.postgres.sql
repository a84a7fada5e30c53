CREATE STATISTICS harvests_plot_stats (ndistinct, dependencies, mcv) ON garden_id, number, crop_id FROM harvests;
ALTER STATISTICS harvests_plot_stats SET STATISTICS 200;
ALTER TABLE harvests ALTER COLUMN crop_id SET STATISTICS 500;
