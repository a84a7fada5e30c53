INSERT INTO stock_movements (article, at, pieces, reason) VALUES
    ('compost-40l', '2019-06-01T00:00:00Z', -12, 'sold'),
    ('hoe', '2019-06-02T00:00:00Z', -1, 'count; it never came'),
    ('tomato-seed', '2019-06-03T00:00:00Z', -20, 'sold');
