DROP TABLE beehives;
