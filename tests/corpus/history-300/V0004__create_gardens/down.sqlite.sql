DROP TABLE gardens;
