CREATE INDEX message_reads_unread ON message_reads (member_id) WHERE read_at IS NULL;
CREATE VIEW unread AS
SELECT member_id, count(*) AS messages FROM message_reads WHERE read_at IS NULL GROUP BY member_id;
