CREATE TABLE supplier_ratings (
    supplier_id integer NOT NULL REFERENCES suppliers (id) ON DELETE CASCADE,
    rated_on    date NOT NULL,
    stars       integer NOT NULL CHECK (stars BETWEEN 1 AND 5),
    PRIMARY KEY (supplier_id, rated_on)
);
INSERT INTO supplier_ratings SELECT id, '2019-12-31', rating FROM suppliers WHERE rating IS NOT NULL;
INSERT INTO supplier_ratings VALUES (1, '2020-12-31', 4), (2, '2020-12-31', 4);
