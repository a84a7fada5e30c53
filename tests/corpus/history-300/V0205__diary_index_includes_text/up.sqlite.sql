CREATE INDEX diary_day ON diary (day, mood);
