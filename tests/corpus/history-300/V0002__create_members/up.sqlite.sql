CREATE TABLE "members" (
    id         INTEGER PRIMARY KEY,
    email      TEXT NOT NULL,
    full_name  TEXT NOT NULL,
    country    TEXT REFERENCES countries (code),
    born_on    TEXT,
    joined_at  TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT members_email_shape CHECK (email LIKE '%_@_%')
);
