ALTER SEQUENCE audit.invoice_numbers SET SCHEMA public;
ALTER TYPE reports.temperature_range SET SCHEMA public;
