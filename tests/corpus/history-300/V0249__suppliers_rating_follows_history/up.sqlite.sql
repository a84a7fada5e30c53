CREATE TRIGGER supplier_rating_follows AFTER INSERT ON supplier_ratings
WHEN NOT EXISTS (SELECT 1 FROM supplier_ratings AS r WHERE r.supplier_id = NEW.supplier_id AND r.rated_on > NEW.rated_on)
BEGIN
    UPDATE suppliers SET rating = NEW.stars WHERE id = NEW.supplier_id;
END;
