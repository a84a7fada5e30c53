-- clock_timestamp(), as a long transaction touches a row twice.
CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $touch$
BEGIN
    IF to_jsonb(NEW) - 'updated_at' IS DISTINCT FROM to_jsonb(OLD) - 'updated_at' THEN
        NEW.updated_at := clock_timestamp();
    END IF;
    RETURN NEW;
END;
$touch$;
