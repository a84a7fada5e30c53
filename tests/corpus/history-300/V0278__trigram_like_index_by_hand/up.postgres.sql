-- No extensions here: three-letter pieces in an array, and a gin index over them.
CREATE FUNCTION pieces(word text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $p$
    SELECT coalesce(array_agg(DISTINCT substr(lower(word), n, 3)), '{}') FROM generate_series(1, greatest(length(word) - 2, 1)) AS n
$p$;
CREATE INDEX members_name_pieces ON members USING gin (pieces(name));
