DROP INDEX messages_by_author;
DROP INDEX messages_parent;
