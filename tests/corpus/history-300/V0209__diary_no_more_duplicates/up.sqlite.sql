CREATE UNIQUE INDEX diary_once ON diary (day, text);
