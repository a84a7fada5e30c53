CREATE OR REPLACE FUNCTION find_messages(words text, VARIADIC authors bigint[] DEFAULT '{}')
RETURNS TABLE (id bigint, rank real, snippet text)
LANGUAGE plpgsql STABLE ROWS 20 COST 500 AS $find$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT m.id, ts_rank(to_tsvector('garden', m.body), q), ts_headline('garden', m.body, q, 'StartSel=«, StopSel=»')
    FROM messages AS m, plainto_tsquery('garden', words) AS q
    WHERE to_tsvector('garden', m.body) @@ q
      AND (authors = '{}' OR m.author = ANY (authors))
    ORDER BY 2 DESC;
END
$find$;
