DO LANGUAGE plpgsql $do$
DECLARE
    y integer;
BEGIN
    FOR y IN 2020 .. 2022 LOOP
        EXECUTE format('CREATE TABLE readings_%s PARTITION OF readings FOR VALUES FROM (%L) TO (%L)',
                       y, make_date(y, 1, 1) || 'Z', make_date(y + 1, 1, 1) || 'Z');
        RAISE DEBUG 'readings_% is there; %', y, $msg$it's empty$msg$;
    END LOOP;
END
$do$;
