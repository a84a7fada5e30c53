DROP VIEW readings_by_day;
