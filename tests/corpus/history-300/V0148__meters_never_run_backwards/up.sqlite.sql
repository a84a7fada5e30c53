CREATE TRIGGER meter_goes_forward BEFORE INSERT ON meter_readings
BEGIN
    SELECT CASE WHEN NEW.m3 < (SELECT max(m3) FROM meter_readings WHERE serial = NEW.serial AND read_on < NEW.read_on)
                THEN RAISE(ABORT, 'the meter ran backwards') END;
END;
