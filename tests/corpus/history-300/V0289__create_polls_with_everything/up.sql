CREATE TABLE polls (
    id       integer PRIMARY KEY,
    question text NOT NULL UNIQUE,
    opens    date NOT NULL DEFAULT CURRENT_DATE,
    closes   date,
    CONSTRAINT polls_closes_later CHECK (closes IS NULL OR closes > opens)
);
CREATE TABLE poll_options (
    poll_id integer NOT NULL,
    letter  varchar(1) NOT NULL,
    label   text NOT NULL,
    CONSTRAINT poll_options_pk PRIMARY KEY (poll_id, letter),
    CONSTRAINT poll_options_poll FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE,
    CONSTRAINT poll_options_label UNIQUE (poll_id, label)
);
CREATE TABLE poll_answers (
    poll_id   integer NOT NULL,
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    letter    varchar(1) NOT NULL,
    PRIMARY KEY (poll_id, member_id),
    CONSTRAINT poll_answers_option FOREIGN KEY (poll_id, letter) REFERENCES poll_options (poll_id, letter)
        ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED
);
-- Answers before options: the foreign key waits for the end.
INSERT INTO polls (id, question, opens) VALUES (1, 'Bees; yes or no?', '2021-01-01');
INSERT INTO poll_answers VALUES (1, 1, 'A'), (1, 2, 'B'), (1, 4, 'A');
INSERT INTO poll_options VALUES (1, 'A', 'yes'), (1, 'B', 'no'), (1, 'C', 'maybe');
