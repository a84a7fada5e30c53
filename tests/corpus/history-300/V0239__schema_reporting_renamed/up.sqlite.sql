CREATE VIEW [reports.over_target] AS SELECT * FROM [reporting.missed];
