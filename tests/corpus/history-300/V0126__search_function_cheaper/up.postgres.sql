ALTER FUNCTION find_messages(text, bigint[]) COST 100 ROWS 50 PARALLEL SAFE SET search_path FROM CURRENT;
ALTER FUNCTION find_messages(text, bigint[]) SET work_mem = '8MB';
