DROP TRIGGER meter_goes_forward ON meter_readings;
DROP FUNCTION meter_goes_forward();
