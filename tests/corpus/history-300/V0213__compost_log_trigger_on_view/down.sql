DROP VIEW hot_compost;
