DROP FUNCTION claim_webhooks(integer);
DROP TABLE webhooks;
