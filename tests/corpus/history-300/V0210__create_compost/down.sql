DROP TABLE compost;
