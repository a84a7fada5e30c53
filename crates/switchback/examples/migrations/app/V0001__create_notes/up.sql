CREATE TABLE notes (
  id bigint NOT NULL PRIMARY KEY,
  body text NOT NULL
);
INSERT INTO notes (id, body) VALUES (1, 'every way down is run before it is needed'), (2, 'good night');
