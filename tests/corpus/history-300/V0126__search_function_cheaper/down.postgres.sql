ALTER FUNCTION find_messages(text, bigint[]) RESET ALL;
ALTER FUNCTION find_messages(text, bigint[]) COST 500 ROWS 20 PARALLEL UNSAFE;
