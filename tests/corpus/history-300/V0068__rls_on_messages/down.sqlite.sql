DROP TRIGGER messages_not_empty;
