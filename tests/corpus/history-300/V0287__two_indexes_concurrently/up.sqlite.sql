-- switchback: step readers
CREATE INDEX message_reads_member ON message_reads (member_id, read_at DESC);

-- switchback: step payments
CREATE UNIQUE INDEX payments_reference ON payments (reference) WHERE reference IS NOT NULL;
