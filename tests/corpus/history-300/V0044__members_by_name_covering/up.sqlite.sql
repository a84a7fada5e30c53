CREATE INDEX members_by_name ON members (name COLLATE NOCASE, email);
