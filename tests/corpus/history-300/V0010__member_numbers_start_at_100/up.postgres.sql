-- The founding members have their numbers by hand; everybody else is counted from 100.
ALTER TABLE members ALTER COLUMN id RESTART WITH 100;
