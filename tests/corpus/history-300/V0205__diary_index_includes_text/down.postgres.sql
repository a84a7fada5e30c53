DROP INDEX diary_day;
