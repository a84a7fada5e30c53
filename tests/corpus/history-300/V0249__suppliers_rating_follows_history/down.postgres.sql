DROP TRIGGER supplier_rating_follows ON supplier_ratings;
DROP FUNCTION supplier_rating_follows();
