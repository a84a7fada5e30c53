ALTER TABLE gardens DROP COLUMN latitude;
ALTER TABLE gardens DROP COLUMN longitude;
