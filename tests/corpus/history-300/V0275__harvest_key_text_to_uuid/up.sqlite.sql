CREATE TABLE harvest_photos (
    harvest_id BLOB NOT NULL REFERENCES harvests (id) ON DELETE CASCADE,
    file       TEXT NOT NULL,
    PRIMARY KEY (harvest_id, file)
);
INSERT INTO harvest_photos SELECT id, 'img_' || crop_id || '.jpg' FROM harvests;
