CREATE VIEW found_messages AS
SELECT rowid AS id, rank, highlight(messages_search, 0, '«', '»') AS snippet FROM messages_search;
