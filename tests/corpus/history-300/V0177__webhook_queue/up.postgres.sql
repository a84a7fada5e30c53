CREATE TABLE webhooks (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url        text NOT NULL CHECK (url ~* '^https?://'),
    payload    json NOT NULL,
    attempts   integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    done       boolean NOT NULL DEFAULT false
);
CREATE INDEX webhooks_due ON webhooks (not_before) WHERE NOT done;
CREATE FUNCTION claim_webhooks(n integer) RETURNS SETOF webhooks LANGUAGE sql AS $claim$
    UPDATE webhooks AS w
    SET attempts = attempts + 1, not_before = now() + interval '1 minute' * 2 ^ attempts
    FROM (
        SELECT id FROM webhooks WHERE NOT done AND not_before <= now()
        ORDER BY not_before LIMIT n FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE due.id = w.id
    RETURNING w.*;
$claim$;
