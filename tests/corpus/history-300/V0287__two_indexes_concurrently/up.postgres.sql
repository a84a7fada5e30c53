-- switchback: step readers no-transaction
CREATE INDEX CONCURRENTLY message_reads_member ON message_reads (member_id, read_at DESC);

-- switchback: step payments no-transaction
CREATE UNIQUE INDEX CONCURRENTLY payments_reference ON payments (reference) WHERE reference IS NOT NULL;
