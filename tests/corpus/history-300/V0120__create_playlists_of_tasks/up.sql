-- Chores in the order in which they are done; positions are swapped in one statement or one transaction.
CREATE TABLE "chores" (
    garden_id integer NOT NULL REFERENCES gardens (id),
    position  integer NOT NULL,
    what      text NOT NULL
);
INSERT INTO chores (garden_id, position, what) VALUES
    (1, 1, 'Open the gate'), (1, 2, 'Turn the water on'), (1, 3, 'Feed the cat'), (2, 1, 'Mow');
