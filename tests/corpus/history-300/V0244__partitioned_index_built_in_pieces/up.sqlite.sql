CREATE INDEX stock_movements_at ON stock_movements (at);
