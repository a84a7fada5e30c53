DROP TRIGGER crops_log_rename;
DROP TABLE crop_renames;
