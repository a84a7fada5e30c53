ALTER TABLE attic.merged_message_tags SET SCHEMA public;
ALTER TABLE attic.merged_tags SET SCHEMA public;
DROP SCHEMA attic;
