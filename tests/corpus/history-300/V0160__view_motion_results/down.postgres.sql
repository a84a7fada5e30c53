DROP VIEW motion_results;
