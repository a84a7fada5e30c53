ALTER TABLE gardens DROP CONSTRAINT gardens_slug_shape;
