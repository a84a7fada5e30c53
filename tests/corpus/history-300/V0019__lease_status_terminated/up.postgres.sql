-- Usable only after this has committed, hence a migration of its own.
ALTER TYPE lease_status ADD VALUE 'terminated' AFTER 'signed';
