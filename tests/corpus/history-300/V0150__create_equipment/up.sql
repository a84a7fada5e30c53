CREATE TABLE "equipment" (
    id     integer PRIMARY KEY,
    name   text NOT NULL,
    owner  text,
    bought date,
    price  text
);
INSERT INTO equipment (id, name, owner, bought, price) VALUES
    (1, 'Wheelbarrow', 'club', '2014-03-03', '79.90'),
    (2, 'Chainsaw', 'club', '2016-09-09', '349'),
    (3, 'Shredder', 'Erika', NULL, NULL),
    (4, 'Ladder', 'club', '2010-01-01', '120,50');
