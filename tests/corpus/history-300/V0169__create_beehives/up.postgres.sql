CREATE TABLE beehives (
    id       smallserial PRIMARY KEY,
    position point NOT NULL,
    reach    circle,
    seen     daterange NOT NULL DEFAULT daterange('2019-01-01', 'infinity', '[)'),
    colour   bit(24),
    checksum macaddr,
    weight   real[] CHECK (array_ndims(weight) = 1),
    notes    xml,
    costs    money,
    duration interval DAY TO MINUTE
);
INSERT INTO beehives (id, position, reach, colour, checksum, weight, notes, costs, duration) VALUES
    (1, '(1,2)', '<(1,2),300>', B'111111110000000011111111', '08:00:2b:01:02:03', '{31.5,32,30.25}',
     '<hive><queen year="2018"/></hive>', '249.90', '2 days 03:04'),
    (2, '(4,5)', NULL, X'00FF00', NULL, NULL, NULL, NULL, NULL);
SELECT setval('beehives_id_seq', 2);
