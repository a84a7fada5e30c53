-- A year later nobody wants the merged tags back; until this goes down, they wait under another name.
CREATE TABLE attic_merged_tags AS SELECT * FROM merged_tags;
CREATE TABLE attic_merged_message_tags AS SELECT * FROM merged_message_tags;
DROP TABLE merged_message_tags;
DROP TABLE merged_tags;
