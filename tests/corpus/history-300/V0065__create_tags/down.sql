DROP TABLE message_tags;
DROP TABLE tags;
