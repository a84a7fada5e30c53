DROP INDEX readings_taken_at;
