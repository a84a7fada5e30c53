ALTER TABLE plots RENAME COLUMN area_m2 TO square_metres;
