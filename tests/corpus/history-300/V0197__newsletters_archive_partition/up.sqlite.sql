CREATE TABLE newsletters_archive AS
SELECT *, '2020-03-01T00:00:00Z' AS archived_at FROM newsletters WHERE subject = '';
DELETE FROM newsletters WHERE subject = '';
