CREATE TABLE "events" (
    id        integer PRIMARY KEY,
    garden_id integer REFERENCES gardens (id) ON DELETE CASCADE,
    title     varchar(80) NOT NULL,
    starts_at timestamp NOT NULL,
    ends_at   timestamp,
    seats     smallint DEFAULT 20 CHECK (seats >= 0),
    CHECK (ends_at > starts_at)
);
INSERT INTO events (id, garden_id, title, starts_at, ends_at, seats) VALUES
    (1, 1, 'Sommerfest', '2019-07-06 14:00:00', '2019-07-06 23:00:00', 200),
    (2, 2, 'Obstbaumschnitt', '2019-02-16 09:00:00', '2019-02-16 12:00:00', 12),
    (3, NULL, 'Open day; all gardens', '2019-05-04 10:00:00', NULL, NULL);
