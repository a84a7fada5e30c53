CREATE FUNCTION meter_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $_$
DECLARE last numeric;
BEGIN
    SELECT max(m3) INTO last FROM meter_readings WHERE serial = NEW.serial AND read_on < NEW.read_on;
    IF last > NEW.m3 THEN
        RAISE EXCEPTION USING
            MESSAGE = format('meter %s ran backwards: %s after %s', NEW.serial, NEW.m3, last),
            ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $_$;
CREATE TRIGGER meter_goes_forward BEFORE INSERT ON meter_readings
    FOR EACH ROW EXECUTE PROCEDURE meter_goes_forward();
