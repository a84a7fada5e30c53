DROP VIEW harvest_ranking;
DROP VIEW reports.monthly_harvest;
DROP TRIGGER zz_harvests_webhook ON harvests;
ALTER TABLE harvests DROP COLUMN grams;
ALTER TABLE harvests ALTER COLUMN kilograms TYPE numeric(7, 3);
ALTER TABLE harvests ADD COLUMN pounds numeric GENERATED ALWAYS AS (round(kilograms * 2.20462, 2)) STORED;
CREATE TRIGGER zz_harvests_webhook AFTER INSERT OR UPDATE OF kilograms ON harvests
    FOR EACH ROW WHEN (NEW.kilograms > 10) EXECUTE FUNCTION harvests_webhook();
CREATE VIEW harvest_ranking AS
SELECT crop_id, garden_id, number, sum(kilograms) AS kilograms,
       rank() OVER (PARTITION BY crop_id ORDER BY sum(kilograms) DESC) AS place
FROM harvests
GROUP BY crop_id, garden_id, number;
CREATE VIEW reports.monthly_harvest WITH (security_barrier = false) AS
SELECT date_trunc('month', h.picked_on)::date AS month,
       coalesce(c.family, 'all') AS family,
       sum(h.kilograms) AS kilograms,
       count(*) FILTER (WHERE h.kilograms > 5) AS large_pickings,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY h.kilograms) AS median
FROM harvests AS h
JOIN crops AS c ON c.id = h.crop_id
GROUP BY GROUPING SETS ((date_trunc('month', h.picked_on), c.family), (date_trunc('month', h.picked_on)));
