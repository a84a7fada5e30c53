DROP TRIGGER countries_stay;
