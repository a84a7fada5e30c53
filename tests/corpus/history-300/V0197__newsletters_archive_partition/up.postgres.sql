CREATE TABLE newsletters_archive (LIKE newsletters INCLUDING ALL EXCLUDING IDENTITY, archived_at timestamptz DEFAULT now());
WITH old AS (
    DELETE FROM newsletters WHERE subject = '' RETURNING id, subject, body, sent_at
)
INSERT INTO newsletters_archive (id, subject, body, sent_at, archived_at)
SELECT id, subject, body, sent_at, '2020-03-01T00:00:00Z' FROM old;
