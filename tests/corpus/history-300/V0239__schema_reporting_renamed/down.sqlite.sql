DROP VIEW [reports.over_target];
