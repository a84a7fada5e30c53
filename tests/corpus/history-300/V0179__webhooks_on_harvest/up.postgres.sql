CREATE FUNCTION harvests_webhook() RETURNS trigger LANGUAGE plpgsql AS $outer$
BEGIN
    EXECUTE $inner$
        INSERT INTO webhooks (url, payload)
        SELECT 'https://example.org/hook', json_build_object('crop', $1, 'kg', $2)
    $inner$ USING NEW.crop_id, NEW.kilograms;
    RETURN NEW;
END
$outer$;
CREATE TRIGGER harvests_webhook AFTER INSERT OR UPDATE OF kilograms ON harvests
    FOR EACH ROW WHEN (NEW.kilograms > 10) EXECUTE FUNCTION harvests_webhook();
