ALTER TABLE leases DROP COLUMN status;
DROP TYPE lease_status;
