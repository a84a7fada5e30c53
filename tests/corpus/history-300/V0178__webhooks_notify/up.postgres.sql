CREATE FUNCTION webhooks_wake() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
    PERFORM pg_notify('webhooks', (SELECT count(*)::text FROM added));
    RETURN NULL;
END$$;
CREATE TRIGGER webhooks_wake AFTER INSERT ON webhooks REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION webhooks_wake();
NOTIFY webhooks, 'deployed';
