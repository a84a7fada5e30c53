ALTER TABLE webhooks DROP CONSTRAINT webhooks_few_attempts, ALTER COLUMN attempts TYPE integer;
