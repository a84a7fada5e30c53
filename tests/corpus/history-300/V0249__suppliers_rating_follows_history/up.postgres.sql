CREATE FUNCTION supplier_rating_follows() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    IF TG_NARGS > 0 AND TG_ARGV[0] = 'latest' THEN
        UPDATE suppliers SET rating = NEW.stars
        WHERE id = NEW.supplier_id
          AND NOT EXISTS (SELECT FROM supplier_ratings AS r WHERE r.supplier_id = NEW.supplier_id AND r.rated_on > NEW.rated_on);
    END IF;
    RETURN NULL;
END
$fn$;
CREATE TRIGGER supplier_rating_follows AFTER INSERT OR UPDATE ON supplier_ratings
    FOR EACH ROW EXECUTE FUNCTION supplier_rating_follows('latest', '; DROP');
