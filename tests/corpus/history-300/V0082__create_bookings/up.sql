CREATE TABLE bookings (
    event_id  integer NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    seats     smallint NOT NULL DEFAULT 1 CHECK (seats > 0),
    waiting   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (event_id, member_id)
);
INSERT INTO bookings (event_id, member_id, seats, waiting) VALUES
    (1, 1, 4, false), (1, 4, 2, false), (2, 4, 1, false), (2, 1, 1, true), (3, 2, 1, false);
