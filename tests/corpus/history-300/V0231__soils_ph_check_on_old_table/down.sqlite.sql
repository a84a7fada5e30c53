ALTER TABLE soils DROP CONSTRAINT soils_ph_check;
