CREATE INDEX members_by_name ON members (name text_pattern_ops) INCLUDE (email);
