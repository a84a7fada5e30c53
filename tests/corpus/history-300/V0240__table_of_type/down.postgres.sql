DROP TABLE beds;
DROP TYPE bed_row;
