DELETE FROM newsletter_recipients WHERE opened_at IS NULL;
