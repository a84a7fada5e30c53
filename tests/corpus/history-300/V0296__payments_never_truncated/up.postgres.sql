CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% must not be emptied', TG_TABLE_NAME USING HINT = 'DELETE what you mean';
END $$;
CREATE TRIGGER payments_never_truncated BEFORE TRUNCATE ON payments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
