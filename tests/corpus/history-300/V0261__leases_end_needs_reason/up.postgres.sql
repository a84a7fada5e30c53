ALTER TABLE leases ADD CONSTRAINT leases_end_has_reason CHECK ((ends_on IS NULL) = (end_reason IS NULL)) NOT VALID;
ALTER TABLE leases VALIDATE CONSTRAINT leases_end_has_reason;
COMMENT ON CONSTRAINT leases_end_has_reason ON leases IS 'Asked for by the auditors in 2020';
