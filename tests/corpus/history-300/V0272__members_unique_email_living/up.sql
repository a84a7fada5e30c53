DROP INDEX members_email_lower;
CREATE UNIQUE INDEX members_email_living ON members (lower(email)) WHERE deleted_at IS NULL;
