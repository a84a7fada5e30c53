DROP TRIGGER stock_not_from_the_future ON stock_movements;
DROP FUNCTION stock_not_from_the_future();
