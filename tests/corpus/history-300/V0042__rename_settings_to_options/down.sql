ALTER TABLE options RENAME TO settings;
