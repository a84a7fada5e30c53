DROP VIEW unread;
DROP INDEX message_reads_unread;
