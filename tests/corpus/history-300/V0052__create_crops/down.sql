DROP TABLE crops;
