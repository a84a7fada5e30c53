DROP INDEX stock_movements_at;
