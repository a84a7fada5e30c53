DROP TABLE crop_aliases;
