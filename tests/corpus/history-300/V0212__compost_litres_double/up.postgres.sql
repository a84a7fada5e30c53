ALTER TABLE compost ALTER COLUMN litres SET DATA TYPE double precision;
ALTER TABLE compost RENAME COLUMN "hot" TO is_hot;
