DROP VIEW water_use;
