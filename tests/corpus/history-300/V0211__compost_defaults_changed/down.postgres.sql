ALTER TABLE compost ALTER "hot" SET DEFAULT false, ALTER remarks SET DEFAULT 'it''s; new', ALTER litres SET DEFAULT 0;
