DROP TRIGGER order_summary_update ON order_summary;
DROP FUNCTION order_summary_update();
