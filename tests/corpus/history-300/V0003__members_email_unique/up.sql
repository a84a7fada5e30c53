-- Two spellings of one address are one member.
CREATE UNIQUE INDEX members_email_lower ON members (lower(email));
