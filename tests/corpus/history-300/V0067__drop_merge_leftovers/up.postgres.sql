-- A year later nobody wants the merged tags back; until this goes down, they wait out of the way.
CREATE SCHEMA attic;
ALTER TABLE merged_tags SET SCHEMA attic;
ALTER TABLE merged_message_tags SET SCHEMA attic;
