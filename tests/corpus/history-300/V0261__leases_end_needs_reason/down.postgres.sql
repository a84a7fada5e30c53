ALTER TABLE leases DROP CONSTRAINT leases_end_has_reason;
