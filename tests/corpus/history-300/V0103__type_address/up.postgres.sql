CREATE TYPE address AS (street text, town text, postcode varchar(10));
ALTER TABLE members ADD COLUMN home address;
-- The touch trigger is for people's own changes.
ALTER TABLE members DISABLE TRIGGER members_touch;
UPDATE members SET home = ROW('Gartenweg 1', 'Berlin', '10115')::address WHERE id = 1;
UPDATE members SET home.town = 'Wien' WHERE id = 4;
ALTER TABLE members ENABLE TRIGGER members_touch;
