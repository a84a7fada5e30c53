INSERT INTO invoices (number, lease_id, issued_on, due_on, total) VALUES
    (20150001, 1, '2015-03-01', '2015-03-31', 137.50),
    (20150002, 2, '2015-03-01', '2015-03-31', 165.28),
    (20150003, 4, '2016-05-01', '2016-05-31', 49.91);
INSERT INTO invoice_lines (invoice, position, what, quantity, unit_price) VALUES
    (20150001, 1, 'Lease of plot 1', 250, 0.5),
    (20150001, 2, 'Water, flat', 1, 12.5),
    (20150002, 1, 'Lease of plot 2', 300.5, 0.55),
    (20150003, 1, 'Lot 7', 90.75, 0.55),
    (20150003, 2, 'Rounding', 1, -0.0025);
