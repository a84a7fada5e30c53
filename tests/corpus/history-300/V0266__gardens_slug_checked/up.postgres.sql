ALTER TABLE gardens ADD CONSTRAINT gardens_slug_shape CHECK (slug SIMILAR TO '[a-z0-9]+(-[a-z0-9]+)*');
