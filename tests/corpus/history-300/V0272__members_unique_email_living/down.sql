DROP INDEX members_email_living;
CREATE UNIQUE INDEX members_email_lower ON members (lower(email));
