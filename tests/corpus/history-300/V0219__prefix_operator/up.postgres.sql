CREATE FUNCTION half(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 / 2 $$;
CREATE OPERATOR /% (RIGHTARG = numeric, FUNCTION = half);
CREATE VIEW half_prices AS SELECT order_id, article, (/% price)::numeric(10, 2) AS half FROM order_items;
