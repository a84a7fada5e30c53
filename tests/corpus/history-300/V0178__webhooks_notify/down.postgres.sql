DROP TRIGGER webhooks_wake ON webhooks;
DROP FUNCTION webhooks_wake();
