-- switchback: step fill batch table=messages key=id size=3
UPDATE message_reads SET read_at = '2021-01-01 00:00:00' WHERE message_id BETWEEN :from AND :upto AND read_at IS NULL;
