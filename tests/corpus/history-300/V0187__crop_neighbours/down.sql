DROP TABLE crop_neighbours;
