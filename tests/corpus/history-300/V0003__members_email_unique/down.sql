DROP INDEX members_email_lower;
