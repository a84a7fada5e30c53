DROP VIEW weeks;
