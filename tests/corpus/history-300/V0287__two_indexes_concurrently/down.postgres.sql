-- switchback: step payments no-transaction
DROP INDEX CONCURRENTLY IF EXISTS payments_reference;

-- switchback: step readers no-transaction
DROP INDEX CONCURRENTLY IF EXISTS message_reads_member;
