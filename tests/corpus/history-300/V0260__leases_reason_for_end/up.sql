ALTER TABLE leases ADD COLUMN end_reason text;
UPDATE leases SET end_reason = 'moved away' WHERE ends_on IS NOT NULL;
