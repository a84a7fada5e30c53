-- Triggers run in the order of their names; this one must be the last.
ALTER TRIGGER harvests_webhook ON harvests RENAME TO zz_harvests_webhook;
