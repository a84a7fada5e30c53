DROP FUNCTION find_messages(text, bigint[]);
