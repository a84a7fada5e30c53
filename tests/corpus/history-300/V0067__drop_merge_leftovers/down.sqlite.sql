CREATE TABLE merged_tags AS SELECT * FROM attic_merged_tags;
CREATE TABLE merged_message_tags AS SELECT * FROM attic_merged_message_tags;
DROP TABLE attic_merged_message_tags;
DROP TABLE attic_merged_tags;
