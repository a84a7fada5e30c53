DROP TRIGGER supplier_rating_follows;
