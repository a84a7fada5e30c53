CREATE TYPE lease_status AS ENUM ('draft', 'signed', 'ended');
ALTER TABLE leases ADD COLUMN status lease_status NOT NULL DEFAULT 'signed';
