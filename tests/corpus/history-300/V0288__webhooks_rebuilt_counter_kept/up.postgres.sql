ALTER TABLE webhooks ALTER COLUMN attempts TYPE smallint, ADD CONSTRAINT webhooks_few_attempts CHECK (attempts < 100);
