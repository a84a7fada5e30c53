INSERT INTO newsletters (id, subject, body, sent_at) SELECT id, subject, body, sent_at FROM newsletters_archive;
DROP TABLE newsletters_archive;
