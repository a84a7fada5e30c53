-- ALTER TABLE ... INHERIT would leave the columns the child's own as well, so the child is made anew.
ALTER TABLE photos RENAME TO photos_apart;
CREATE TABLE photos (
    width integer, height integer,
    CONSTRAINT photos_check CHECK (width > 0 AND height > 0) NO INHERIT
) INHERITS (documents);
INSERT INTO photos (id, title, added_on, width, height)
SELECT id, title, added_on, width, height FROM photos_apart;
DROP TABLE photos_apart;
