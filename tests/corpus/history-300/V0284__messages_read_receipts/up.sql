CREATE TABLE message_reads (
    message_id bigint NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    member_id  bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    read_at    timestamp,
    PRIMARY KEY (message_id, member_id)
);
INSERT INTO message_reads (message_id, member_id)
SELECT m.id, p.id FROM messages AS m CROSS JOIN members AS p WHERE m.author IS NULL OR m.author <> p.id;
