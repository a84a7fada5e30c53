ALTER TABLE leases ADD COLUMN status TEXT NOT NULL DEFAULT 'signed' CHECK (status IN ('draft', 'signed', 'ended'));
