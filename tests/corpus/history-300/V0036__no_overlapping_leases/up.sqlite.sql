CREATE TRIGGER leases_do_not_overlap BEFORE INSERT ON leases
WHEN EXISTS (
    SELECT 1 FROM leases AS other
    WHERE other.garden_id = NEW.garden_id AND other.number = NEW.number
      AND coalesce(other.ends_on, '9999-12-31') > NEW.starts_on
      AND coalesce(NEW.ends_on, '9999-12-31') > other.starts_on
)
BEGIN
    SELECT RAISE(ABORT, 'the plot is leased for part of that time');
END;
