CREATE VIEW half_prices AS SELECT order_id, article, round(price / 2, 2) AS half FROM order_items;
