-- '{a,b} &&% {B}': do two lists share a word, whatever its case?
CREATE FUNCTION share_a_word(text[], text[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT lower(a) FROM unnest($1) AS a INTERSECT SELECT lower(b) FROM unnest($2) AS b)
$$;
CREATE OPERATOR &&% (LEFTARG = text[], RIGHTARG = text[], FUNCTION = share_a_word, COMMUTATOR = &&%);
