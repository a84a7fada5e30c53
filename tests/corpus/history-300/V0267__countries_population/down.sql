ALTER TABLE countries DROP COLUMN population;
