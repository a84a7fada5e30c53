DROP VIEW found_messages;
