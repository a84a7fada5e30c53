INSERT INTO newsletters (id, subject, body, sent_at) OVERRIDING SYSTEM VALUE
SELECT id, subject, body, sent_at FROM newsletters_archive;
DROP TABLE newsletters_archive;
