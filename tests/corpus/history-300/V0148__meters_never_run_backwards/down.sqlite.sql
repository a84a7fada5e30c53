DROP TRIGGER meter_goes_forward;
