DROP TABLE harvest_photos;
