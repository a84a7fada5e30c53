ALTER TRIGGER zz_harvests_webhook ON harvests RENAME TO harvests_webhook;
