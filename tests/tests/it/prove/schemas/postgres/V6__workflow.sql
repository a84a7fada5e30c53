CREATE TYPE task_state AS ENUM ('open', 'doing', 'done');
CREATE TABLE tenants (id smallint PRIMARY KEY CHECK (id BETWEEN 1 AND 500), name text NOT NULL UNIQUE CHECK (length(name) >= 3));
CREATE TABLE members (
    tenant_id smallint REFERENCES tenants,
    id integer,
    handle text NOT NULL CHECK (handle = lower(handle) AND handle !~ '\s'),
    manager_id integer,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, manager_id) REFERENCES members (tenant_id, id),
    CHECK (manager_id <> id)
);
CREATE UNIQUE INDEX ON members (tenant_id, lower(handle));
CREATE TABLE tasks (
    id bigint PRIMARY KEY,
    tenant_id smallint NOT NULL,
    owner_id integer,
    state task_state NOT NULL,
    started date,
    finished date,
    priority integer NOT NULL,
    FOREIGN KEY (tenant_id, owner_id) REFERENCES members (tenant_id, id) MATCH SIMPLE,
    CHECK (finished >= started),
    CHECK (CASE state WHEN 'open' THEN started IS NULL WHEN 'doing' THEN started IS NOT NULL ELSE finished IS NOT NULL END)
);
CREATE FUNCTION refuse_priority() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.priority NOT BETWEEN 1 AND 9 THEN
        RAISE EXCEPTION 'priority % is out of range', NEW.priority;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER priority BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION refuse_priority();
CREATE TABLE comments (
    id bigint PRIMARY KEY,
    task_id bigint NOT NULL REFERENCES tasks ON DELETE CASCADE,
    reply_to bigint REFERENCES comments,
    body text NOT NULL
);
CREATE FUNCTION refuse_shouting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF length(NEW.body) < 5 OR NEW.body = upper(NEW.body) THEN
        RAISE EXCEPTION 'a comment says something, and quietly' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quiet BEFORE INSERT ON comments FOR EACH ROW EXECUTE FUNCTION refuse_shouting();
CREATE TABLE blocks (
    task_id bigint REFERENCES tasks,
    on_id bigint REFERENCES tasks,
    PRIMARY KEY (task_id, on_id),
    CHECK (task_id < on_id)
);
CREATE TABLE accounts (iban text PRIMARY KEY CHECK (iban ~ '^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$'), balance numeric(14, 2) NOT NULL CHECK (balance >= -1000.00), currency char(3) NOT NULL CHECK (currency IN ('EUR', 'USD', 'CHF')));
CREATE TABLE transfers (
    id bigint PRIMARY KEY,
    source text NOT NULL REFERENCES accounts,
    target text NOT NULL REFERENCES accounts,
    amount numeric(14, 2) NOT NULL CHECK (amount > 0),
    booked date NOT NULL,
    valuta date NOT NULL,
    CONSTRAINT not_to_oneself CHECK (source <> target),
    CONSTRAINT soon CHECK (valuta - booked BETWEEN 0 AND 3)
);
