DROP TABLE messages_search;
