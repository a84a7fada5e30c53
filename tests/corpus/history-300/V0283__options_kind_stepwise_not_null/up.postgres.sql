-- switchback: step check lock_timeout=500ms
ALTER TABLE options ADD CONSTRAINT options_kind_present CHECK (kind IS NOT NULL) NOT VALID;

-- switchback: step validate
ALTER TABLE options VALIDATE CONSTRAINT options_kind_present;
