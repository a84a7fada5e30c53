CREATE TYPE motion_state AS ENUM ('draft', 'tabled', 'decided', 'withdrawn');
ALTER TABLE motions ADD COLUMN state motion_state NOT NULL DEFAULT 'draft';
UPDATE motions SET state = 'decided';
CREATE FUNCTION motions_step() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    CASE
        WHEN OLD.state = NEW.state THEN NULL;
        WHEN (OLD.state, NEW.state) IN (('draft', 'tabled'), ('tabled', 'decided'), ('tabled', 'withdrawn'), ('draft', 'withdrawn')) THEN NULL;
        ELSE RAISE EXCEPTION 'a motion cannot go from % to %', OLD.state, NEW.state;
    END CASE;
    RETURN NEW;
END
$fn$;
CREATE TRIGGER motions_step BEFORE UPDATE OF state ON motions
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION motions_step();
