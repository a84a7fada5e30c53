DROP VIEW reporting.monthly_harvest;
