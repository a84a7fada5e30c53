CREATE TYPE amount AS (cents bigint, currency char(3));
CREATE FUNCTION amount_add(amount, amount) RETURNS amount LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF $1.currency <> $2.currency THEN
        RAISE EXCEPTION 'cannot add % to %', $2.currency, $1.currency USING ERRCODE = 'data_exception';
    END IF;
    RETURN ($1.cents + $2.cents, $1.currency)::amount;
END $$;
CREATE OPERATOR + (LEFTARG = amount, RIGHTARG = amount, FUNCTION = amount_add, COMMUTATOR = +);
CREATE AGGREGATE sum (amount) (SFUNC = amount_add, STYPE = amount, COMBINEFUNC = amount_add, PARALLEL = SAFE);
