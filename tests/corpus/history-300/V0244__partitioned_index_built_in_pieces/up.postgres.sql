CREATE INDEX stock_movements_at ON ONLY stock_movements (at);
CREATE INDEX stock_movements_0_at ON stock_movements_0 (at);
CREATE INDEX stock_movements_1_at ON stock_movements_1 (at);
CREATE INDEX stock_movements_2_at ON stock_movements_2 (at);
ALTER INDEX stock_movements_at ATTACH PARTITION stock_movements_0_at;
ALTER INDEX stock_movements_at ATTACH PARTITION stock_movements_1_at;
ALTER INDEX stock_movements_at ATTACH PARTITION stock_movements_2_at;
