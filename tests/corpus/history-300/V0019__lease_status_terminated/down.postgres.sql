-- An enum never loses a value: the type is made anew.
ALTER TYPE lease_status RENAME TO lease_status_old;
CREATE TYPE lease_status AS ENUM ('draft', 'signed', 'ended');
ALTER TABLE leases
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE lease_status USING status::text::lease_status,
    ALTER COLUMN status SET DEFAULT 'signed';
DROP TYPE lease_status_old;
