CREATE TABLE meetings (
    id     integer PRIMARY KEY,
    held   date NOT NULL UNIQUE,
    quorum integer NOT NULL DEFAULT 2
);
CREATE TABLE motions (
    id         integer PRIMARY KEY,
    meeting_id integer NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    wording    text NOT NULL
);
CREATE TABLE votes (
    motion_id integer NOT NULL REFERENCES motions (id) ON DELETE CASCADE,
    member_id bigint NOT NULL REFERENCES members (id),
    choice    integer NOT NULL CHECK (choice IN (-1, 0, 1)),
    PRIMARY KEY (motion_id, member_id)
);
INSERT INTO meetings (id, held) VALUES (1, '2018-03-10'), (2, '2019-03-09');
INSERT INTO motions (id, meeting_id, wording) VALUES (1, 1, 'A new pump; cost: 1.200 €'), (2, 1, 'No radios'), (3, 2, 'Bees');
INSERT INTO votes VALUES (1, 1, 1), (1, 2, 1), (1, 4, -1), (2, 1, 0), (2, 4, -1), (3, 1, 1), (3, 2, 1), (3, 3, 1), (3, 4, 1);
