DROP FUNCTION thread_of(bigint);
