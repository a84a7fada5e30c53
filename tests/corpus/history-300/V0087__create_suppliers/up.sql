CREATE TABLE suppliers (
    id      integer PRIMARY KEY,
    name    text NOT NULL UNIQUE,
    website text,
    rating  integer CHECK (rating BETWEEN 1 AND 5),
    active  boolean NOT NULL DEFAULT true
);
INSERT INTO suppliers (id, name, website, rating, active) VALUES
    (1, 'Saatgut Müller', 'https://example.org/a?b=c;d', 5, true),
    (2, 'Kompost & Co', NULL, 3, true),
    (3, 'Gone Gardening Ltd', NULL, 1, false);
