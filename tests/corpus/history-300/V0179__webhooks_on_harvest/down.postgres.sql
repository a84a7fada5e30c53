DROP TRIGGER harvests_webhook ON harvests;
DROP FUNCTION harvests_webhook();
