ALTER TABLE readings DETACH PARTITION readings_2017;
CREATE SCHEMA archive;
ALTER TABLE readings_2017 SET SCHEMA archive;
ALTER TABLE archive.readings_2017 RENAME TO readings_of_2017;
