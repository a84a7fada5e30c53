DROP TABLE opening_hours;
DROP TYPE opening;
