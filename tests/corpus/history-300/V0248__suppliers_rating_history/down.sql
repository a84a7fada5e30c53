DROP TABLE supplier_ratings;
