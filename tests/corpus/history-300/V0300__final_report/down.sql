DROP VIEW year_report;
