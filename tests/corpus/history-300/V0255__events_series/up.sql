CREATE TABLE event_series (
    id    integer PRIMARY KEY,
    title text NOT NULL,
    every text NOT NULL DEFAULT 'year' CHECK (every IN ('week', 'month', 'year'))
);
INSERT INTO event_series (id, title) VALUES (1, 'Sommerfest'), (2, 'Seed swap');
ALTER TABLE events ADD COLUMN series_id integer REFERENCES event_series (id);
UPDATE events SET series_id = CASE id WHEN 1 THEN 1 WHEN 4 THEN 2 END WHERE id IN (1, 4);
