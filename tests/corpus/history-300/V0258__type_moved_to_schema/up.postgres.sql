ALTER TYPE temperature_range SET SCHEMA reports;
ALTER SEQUENCE invoice_numbers SET SCHEMA audit;
