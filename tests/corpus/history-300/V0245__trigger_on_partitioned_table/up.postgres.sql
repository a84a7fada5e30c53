CREATE FUNCTION stock_not_from_the_future() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := least(NEW.at, now());
    RETURN NEW;
END
$$;
CREATE TRIGGER stock_not_from_the_future BEFORE INSERT ON stock_movements
    FOR EACH ROW EXECUTE FUNCTION stock_not_from_the_future();
