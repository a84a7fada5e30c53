DROP VIEW half_prices;
DROP OPERATOR /% (NONE, numeric);
DROP FUNCTION half(numeric);
