DROP RULE crops_log_rename ON crops;
DROP TABLE crop_renames;
