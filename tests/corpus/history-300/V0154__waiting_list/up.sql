CREATE TABLE waiting_list (
    garden_id integer NOT NULL REFERENCES gardens (id) ON DELETE CASCADE,
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    since     date NOT NULL DEFAULT CURRENT_DATE,
    priority  integer NOT NULL DEFAULT 0,
    PRIMARY KEY (garden_id, member_id)
);
INSERT INTO waiting_list (garden_id, member_id, since, priority) VALUES (1, 5, '2018-01-01', 0), (2, 5, '2018-01-01', 1), (1, 2, '2017-07-07', 0);
