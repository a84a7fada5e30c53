CREATE TABLE newsletters (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    body    text NOT NULL,
    sent_at timestamptz
);
CREATE TABLE newsletter_recipients (
    newsletter_id integer NOT NULL REFERENCES newsletters ON DELETE CASCADE,
    member_id     bigint NOT NULL REFERENCES members ON DELETE CASCADE,
    opened_at     timestamptz,
    PRIMARY KEY (newsletter_id, member_id)
);
INSERT INTO newsletters (id, subject, body) OVERRIDING SYSTEM VALUE VALUES
    (1, 'Spring', $letter$Dear all,
the gate opens on 1 March; bring the key.
  -- Your committee
$letter$),
    (2, '', '');
