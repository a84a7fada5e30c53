CREATE PROCEDURE close_orders(before timestamptz, INOUT closed bigint DEFAULT 0)
LANGUAGE plpgsql AS $proc$
<<main>>
DECLARE
    o orders%ROWTYPE;
BEGIN
    FOR o IN SELECT * FROM orders WHERE state = 'open' AND ordered_at < before ORDER BY id FOR UPDATE LOOP
        UPDATE orders SET state = 'delivered', note = concat_ws('; ', note, 'closed by age') WHERE id = o.id;
        close_orders.closed := close_orders.closed + 1;
    END LOOP;
END main;
$proc$;
