ALTER TABLE members ADD COLUMN home TEXT CHECK (home IS NULL OR json_valid(home));
UPDATE members SET home = json_object('street', 'Gartenweg 1', 'town', 'Berlin', 'postcode', '10115') WHERE id = 1;
UPDATE members SET home = json_set('{}', '$.town', 'Wien') WHERE id = 4;
