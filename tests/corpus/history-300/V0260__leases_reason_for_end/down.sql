ALTER TABLE leases DROP COLUMN end_reason;
