PRAGMA user_version = 299;
