CREATE TEXT SEARCH DICTIONARY garden_words (TEMPLATE = pg_catalog.simple, ACCEPT = true);
CREATE TEXT SEARCH CONFIGURATION garden (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION garden
    ALTER MAPPING FOR asciiword, word, hword WITH garden_words;
ALTER TEXT SEARCH CONFIGURATION garden DROP MAPPING IF EXISTS FOR url_path;
CREATE INDEX messages_search ON messages USING gin (to_tsvector('garden', body));
