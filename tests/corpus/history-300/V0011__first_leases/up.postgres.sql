INSERT INTO leases (id, garden_id, number, member_id, starts_on, ends_on)
OVERRIDING SYSTEM VALUE
VALUES
    (1, 1, 1, 1, '2015-03-01', NULL),
    (2, 1, 2, 3, '2015-03-01', '2018-02-28'),
    (3, 1, 2, 4, '2018-03-01', NULL),
    (4, 3, 7, 2, '2016-05-01', NULL);
