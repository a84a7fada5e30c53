DROP TRIGGER harvests_webhook_update;
DROP TRIGGER harvests_webhook_insert;
