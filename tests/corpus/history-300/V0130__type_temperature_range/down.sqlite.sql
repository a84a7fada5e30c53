DROP TABLE crop_climate;
