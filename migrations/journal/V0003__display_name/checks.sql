-- Everybody has a name to show.
SELECT id, name FROM users WHERE display_name IS NULL;
