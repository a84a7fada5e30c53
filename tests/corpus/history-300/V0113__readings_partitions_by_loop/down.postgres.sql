DO $$
DECLARE
    y integer;
BEGIN
    FOR y IN REVERSE 2022 .. 2020 LOOP
        EXECUTE 'DROP TABLE readings_' || y;
    END LOOP;
END
$$;
