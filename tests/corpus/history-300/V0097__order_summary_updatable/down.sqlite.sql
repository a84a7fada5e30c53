DROP TRIGGER order_summary_update;
