REINDEX messages_parent;
