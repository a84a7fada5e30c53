CREATE VIEW order_summary AS
SELECT o.id, s.name AS supplier, o.state, count(i.article) AS items, sum(i.amount) AS amount
FROM orders AS o
JOIN suppliers AS s ON s.id = o.supplier_id
LEFT JOIN order_items AS i ON i.order_id = o.id
GROUP BY o.id, s.name, o.state;
