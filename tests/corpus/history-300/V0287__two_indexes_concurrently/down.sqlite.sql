-- switchback: step payments
DROP INDEX payments_reference;

-- switchback: step readers
DROP INDEX message_reads_member;
