CREATE FUNCTION address_line(address) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws(', ', ($1).street, nullif(concat_ws(' ', ($1).postcode, ($1).city), ''))
$$;
CREATE CAST (address AS text) WITH FUNCTION address_line(address) AS ASSIGNMENT;
CREATE VIEW address_labels AS SELECT id, name, home::text AS label FROM members WHERE home IS NOT NULL;
