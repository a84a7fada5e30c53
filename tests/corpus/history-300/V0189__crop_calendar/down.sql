DROP TABLE crop_calendar;
