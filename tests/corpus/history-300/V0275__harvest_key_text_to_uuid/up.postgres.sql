-- A key that others sent as text, with the table that refers to it.
CREATE TABLE harvest_photos (
    harvest_id varchar(36) NOT NULL,
    file       text NOT NULL,
    PRIMARY KEY (harvest_id, file)
);
INSERT INTO harvest_photos SELECT id::text, 'img_' || crop_id || '.jpg' FROM harvests;
ALTER TABLE harvest_photos ALTER COLUMN harvest_id TYPE uuid USING harvest_id::uuid;
ALTER TABLE harvest_photos ADD CONSTRAINT harvest_photos_harvest FOREIGN KEY (harvest_id) REFERENCES harvests (id) ON DELETE CASCADE;
