DELETE FROM leases WHERE id BETWEEN 1 AND 4;
-- The counter goes back as well, or the next lease would differ.
DELETE FROM sqlite_sequence WHERE name = 'leases';
