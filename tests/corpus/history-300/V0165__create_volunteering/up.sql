CREATE TABLE shifts (
    id        integer PRIMARY KEY,
    garden_id integer NOT NULL REFERENCES gardens (id),
    day       date NOT NULL,
    hours     numeric(4, 1) NOT NULL CHECK (hours > 0 AND hours <= 12),
    needed    integer NOT NULL DEFAULT 2
);
CREATE TABLE shift_members (
    shift_id  integer NOT NULL REFERENCES shifts (id) ON DELETE CASCADE,
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    hours     numeric(4, 1),
    CONSTRAINT shift_members_pk PRIMARY KEY (shift_id, member_id)
);
INSERT INTO shifts (id, garden_id, day, hours) VALUES (1, 1, '2019-04-06', 4), (2, 1, '2019-10-05', 6.5), (3, 2, '2019-04-13', 3);
INSERT INTO shift_members VALUES (1, 1, NULL), (1, 4, 2.5), (2, 1, NULL), (3, 4, NULL);
