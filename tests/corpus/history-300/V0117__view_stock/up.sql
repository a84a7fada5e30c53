CREATE VIEW stock AS
SELECT article, sum(pieces) AS pieces, max(at) AS last_moved_at
FROM stock_movements
GROUP BY article
HAVING sum(pieces) <> 0;
