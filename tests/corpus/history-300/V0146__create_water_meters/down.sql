DROP TABLE meter_readings;
DROP TABLE water_meters;
