CREATE TABLE sensors (
    id        integer PRIMARY KEY,
    garden_id integer NOT NULL REFERENCES gardens (id),
    kind      text NOT NULL CHECK (kind IN ('soil', 'air', 'water', 'rain')),
    label     text
);
INSERT INTO sensors (id, garden_id, kind, label) VALUES
    (1, 1, 'soil', 'Beet 1'), (2, 1, 'air', NULL), (3, 2, 'rain', 'Dach; Süd'), (4, 3, 'water', '');
