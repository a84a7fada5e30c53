-- "club" was not a person.
ALTER TABLE equipment ADD COLUMN private boolean NOT NULL DEFAULT false;
UPDATE equipment SET private = true WHERE owner IS NOT NULL AND owner <> 'club';
