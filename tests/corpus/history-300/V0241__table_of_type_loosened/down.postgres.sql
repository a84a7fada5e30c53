ALTER TABLE beds OF bed_row;
