CREATE TABLE tags (
    id   integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE message_tags (
    message_id integer NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    tag_id     integer NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (message_id, tag_id)
);
INSERT INTO tags (id, name) VALUES (1, 'tools'), (2, 'Tools'), (3, 'water'), (4, ' water'), (5, 'fest');
INSERT INTO message_tags (message_id, tag_id) VALUES (1, 1), (1, 3), (2, 2), (3, 4), (4, 4), (5, 1), (5, 2);
