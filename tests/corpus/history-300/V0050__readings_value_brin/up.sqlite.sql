CREATE INDEX readings_taken_at ON readings (taken_at);
