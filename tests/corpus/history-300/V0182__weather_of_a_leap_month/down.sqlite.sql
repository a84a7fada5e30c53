DELETE FROM weather;
