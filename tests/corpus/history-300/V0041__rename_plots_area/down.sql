ALTER TABLE plots RENAME COLUMN square_metres TO area_m2;
