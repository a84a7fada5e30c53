-- switchback: step reindex no-transaction
REINDEX INDEX CONCURRENTLY messages_parent;
