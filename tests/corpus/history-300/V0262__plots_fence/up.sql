ALTER TABLE plots ADD COLUMN fence varchar(10) DEFAULT 'none' CHECK (fence IN ('none', 'wire', 'wood', 'hedge'));
UPDATE plots SET fence = CASE WHEN garden_id = 1 THEN 'hedge' ELSE 'wire' END;
