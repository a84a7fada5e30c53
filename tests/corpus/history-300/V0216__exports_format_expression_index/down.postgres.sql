DROP INDEX exports_month;
DROP INDEX exports_format;
