ALTER TABLE plots DROP CONSTRAINT plots_soil_fkey;
