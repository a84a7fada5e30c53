CREATE TABLE sensor_kinds (kind TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO sensor_kinds VALUES ('soil'), ('air'), ('water'), ('rain'), ('wind');
