DROP VIEW half_prices;
