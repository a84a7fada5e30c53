CREATE VIRTUAL TABLE messages_search USING fts5(body, content='messages', content_rowid='id', tokenize='porter');
INSERT INTO messages_search (rowid, body) SELECT id, body FROM messages;
