-- Thirty tables that a key runs through, and everything that may stand on a column.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'hostile_reader') THEN
        CREATE ROLE hostile_reader;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'hostile_owner') THEN
        CREATE ROLE hostile_owner;
    END IF;
END
$$;
GRANT hostile_owner TO CURRENT_USER;
GRANT CREATE, USAGE ON SCHEMA public TO hostile_owner;
CREATE COLLATION fold (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN uuid_text AS varchar(36) CHECK (length(VALUE::text) = 36);

CREATE TABLE users (
    id text COLLATE "C" DEFAULT (gen_random_uuid())::text,
    email text NOT NULL UNIQUE,
    name text,
    boss_id text,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_boss_fkey FOREIGN KEY (boss_id) REFERENCES users (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT users_id_lower CHECK (id = lower(id)),
    CONSTRAINT users_id_length CHECK (length(id) = 36) NOT VALID,
    CONSTRAINT users_not_own_boss CHECK (boss_id <> id),
    CONSTRAINT users_not_nobody CHECK (id <> '00000000-0000-0000-0000-000000000000') NO INHERIT
);
COMMENT ON TABLE users IS 'People';
COMMENT ON COLUMN users.id IS 'The key''s comment \ with a backslash';
COMMENT ON CONSTRAINT users_pkey ON users IS 'the primary key';
COMMENT ON CONSTRAINT users_boss_fkey ON users IS 'who is whose boss';
COMMENT ON CONSTRAINT users_id_lower ON users IS 'canonical';
ALTER TABLE users ALTER COLUMN id SET STATISTICS 250;
ALTER TABLE users ALTER COLUMN boss_id SET (n_distinct = -0.5);
ALTER TABLE users ALTER COLUMN id SET STORAGE EXTERNAL;
ALTER TABLE users REPLICA IDENTITY USING INDEX users_pkey;
ALTER TABLE users CLUSTER ON users_pkey;
ALTER TABLE users SET (fillfactor = 80);
GRANT SELECT (id, name), UPDATE (name) ON users TO hostile_reader;
CREATE INDEX users_boss_idx ON users (boss_id) WITH (fillfactor = 70);
CREATE INDEX users_pattern_idx ON users (id text_pattern_ops DESC NULLS LAST, email);
CREATE UNIQUE INDEX users_upper_idx ON users (upper(id), lower(email)) WHERE id IS NOT NULL;
ALTER INDEX users_upper_idx ALTER COLUMN 1 SET STATISTICS 500;
COMMENT ON INDEX users_upper_idx IS 'an expression';
CREATE INDEX users_collated_idx ON users (boss_id COLLATE "POSIX") INCLUDE (email);
CREATE INDEX users_partial_idx ON users (email) WHERE boss_id <> '' AND id > '8';
CREATE INDEX users_hash_idx ON users USING hash (id);
CREATE INDEX users_brin_idx ON users USING brin (id);
CREATE STATISTICS users_stats (ndistinct, dependencies) ON id, boss_id FROM users;
CREATE STATISTICS users_expression_stats ON (lower(id)), email FROM users;
COMMENT ON STATISTICS users_stats IS 'both';

CREATE TABLE teams (
    tenant integer NOT NULL,
    id character(36) NOT NULL DEFAULT '11111111-2222-4333-8444-555555555555',
    owner_id varchar(40) NOT NULL CONSTRAINT teams_owner_fkey REFERENCES users (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    parent_id character(36),
    PRIMARY KEY (tenant, id),
    CONSTRAINT teams_parent_fkey FOREIGN KEY (tenant, parent_id) REFERENCES teams (tenant, id) MATCH SIMPLE ON DELETE NO ACTION,
    CHECK (id <> '' AND id LIKE '%-%')
);
CREATE TABLE members (
    tenant integer,
    team_id varchar(36),
    user_id varchar(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member',
    PRIMARY KEY (tenant, team_id, user_id),
    CONSTRAINT members_team_fkey FOREIGN KEY (tenant, team_id) REFERENCES teams (tenant, id) MATCH FULL ON DELETE CASCADE NOT VALID,
    CONSTRAINT members_team_user_key UNIQUE (team_id, user_id) DEFERRABLE
);
CREATE INDEX members_user_idx ON members (user_id varchar_pattern_ops) WHERE role <> 'guest';
CREATE TABLE documents (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid_text NOT NULL CONSTRAINT documents_id_key UNIQUE,
    author_id varchar(36) NOT NULL REFERENCES users (id),
    editor_id varchar(36) DEFAULT NULL REFERENCES users (id) ON DELETE SET DEFAULT,
    title text NOT NULL,
    words integer GENERATED ALWAYS AS (length(title)) STORED,
    CONSTRAINT documents_editor_check CHECK (editor_id IS NULL OR editor_id <> author_id)
);
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE TABLE versions (
    document_id varchar(36) REFERENCES documents (id) ON DELETE CASCADE,
    revision integer NOT NULL,
    by_id text REFERENCES users (id),
    body text,
    UNIQUE (document_id, revision)
);
CREATE TABLE shares (
    document_id character(36) NOT NULL REFERENCES documents (id),
    tenant integer NOT NULL,
    team_id character(36) NOT NULL,
    PRIMARY KEY (document_id, tenant, team_id),
    FOREIGN KEY (tenant, team_id) REFERENCES teams (tenant, id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE profiles (
    user_id varchar(36) PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    bio text
);
CREATE TABLE avatars (
    profile_id text PRIMARY KEY REFERENCES profiles (user_id) ON DELETE CASCADE,
    image bytea
);
CREATE TABLE events (
    id varchar(36) NOT NULL,
    at timestamptz NOT NULL,
    user_id varchar(36) REFERENCES users (id),
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_user_idx ON events (user_id);
CREATE TABLE log (id bigserial PRIMARY KEY, user_id text, what text);
CREATE TABLE unrelated (id varchar(36) PRIMARY KEY, name text);
CREATE TABLE "Odd Name" (
    "Key Column" varchar(36) PRIMARY KEY CHECK ("Key Column" <> 'x'),
    "select" text REFERENCES "Odd Name" ("Key Column"),
    "user" text COLLATE fold REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE p01 (
    n integer NOT NULL,
    id varchar(36) NOT NULL,
    a_id text CONSTRAINT p01_a REFERENCES users (id) ,
    b_id character varying NOT NULL CONSTRAINT p01_b REFERENCES users (id) DEFERRABLE,
    CONSTRAINT p01_key PRIMARY KEY (id)
);
CREATE INDEX p01_b_idx ON p01 (b_id varchar_pattern_ops);
CREATE TABLE p02 (
    n integer NOT NULL,
    id char(36) NOT NULL,
    a_id varchar(40) CONSTRAINT p02_a REFERENCES users (id) ON DELETE CASCADE,
    b_id varchar(36) NOT NULL CONSTRAINT p02_b REFERENCES p01 (id),
    CONSTRAINT p02_key PRIMARY KEY (id),
    CONSTRAINT p02_ab UNIQUE (a_id, b_id)
);
CREATE INDEX p02_b_idx ON p02 (b_id varchar_pattern_ops) WHERE a_id IS NOT NULL;
CREATE TABLE p03 (
    n integer NOT NULL,
    id text NOT NULL,
    a_id character varying CONSTRAINT p03_a REFERENCES p02 (id) ON DELETE SET NULL,
    b_id char(36) NOT NULL CONSTRAINT p03_b REFERENCES users (id),
    CONSTRAINT p03_key PRIMARY KEY (id)
);
CREATE INDEX p03_b_idx ON p03 (b_id);
CREATE TABLE p04 (
    n integer NOT NULL,
    id varchar(40) NOT NULL,
    a_id varchar(36) CONSTRAINT p04_a REFERENCES users (id) ON UPDATE CASCADE,
    b_id text NOT NULL CONSTRAINT p04_b REFERENCES p01 (id) DEFERRABLE,
    CONSTRAINT p04_key PRIMARY KEY (id)
);
CREATE INDEX p04_b_idx ON p04 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p05 (
    n integer NOT NULL,
    id character varying NOT NULL,
    a_id char(36) CONSTRAINT p05_a REFERENCES p01 (id) ,
    b_id varchar(40) NOT NULL CONSTRAINT p05_b REFERENCES p02 (id),
    CONSTRAINT p05_key PRIMARY KEY (id)
);
CREATE INDEX p05_b_idx ON p05 (b_id varchar_pattern_ops);
CREATE TABLE p06 (
    n integer NOT NULL,
    id varchar(36) NOT NULL,
    a_id text CONSTRAINT p06_a REFERENCES p02 (id) ON DELETE CASCADE,
    b_id character varying NOT NULL CONSTRAINT p06_b REFERENCES p03 (id),
    CONSTRAINT p06_key PRIMARY KEY (id),
    CONSTRAINT p06_ab UNIQUE (a_id, b_id)
);
CREATE INDEX p06_b_idx ON p06 (b_id varchar_pattern_ops) WHERE a_id IS NOT NULL;
CREATE TABLE p07 (
    n integer NOT NULL,
    id char(36) NOT NULL,
    a_id varchar(40) CONSTRAINT p07_a REFERENCES p03 (id) ON DELETE SET NULL,
    b_id varchar(36) NOT NULL CONSTRAINT p07_b REFERENCES p04 (id) DEFERRABLE,
    CONSTRAINT p07_key PRIMARY KEY (id)
);
CREATE INDEX p07_b_idx ON p07 (b_id varchar_pattern_ops);
CREATE TABLE p08 (
    n integer NOT NULL,
    id text NOT NULL,
    a_id character varying CONSTRAINT p08_a REFERENCES p04 (id) ON UPDATE CASCADE,
    b_id char(36) NOT NULL CONSTRAINT p08_b REFERENCES p05 (id),
    CONSTRAINT p08_key PRIMARY KEY (id)
);
CREATE INDEX p08_b_idx ON p08 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p09 (
    n integer NOT NULL,
    id varchar(40) NOT NULL,
    a_id varchar(36) CONSTRAINT p09_a REFERENCES p05 (id) ,
    b_id text NOT NULL CONSTRAINT p09_b REFERENCES p06 (id),
    CONSTRAINT p09_key PRIMARY KEY (id)
);
CREATE INDEX p09_b_idx ON p09 (b_id);
CREATE TABLE p10 (
    n integer NOT NULL,
    id character varying NOT NULL,
    a_id char(36) CONSTRAINT p10_a REFERENCES p06 (id) ON DELETE CASCADE,
    b_id varchar(40) NOT NULL CONSTRAINT p10_b REFERENCES p07 (id) DEFERRABLE,
    CONSTRAINT p10_key PRIMARY KEY (id),
    CONSTRAINT p10_ab UNIQUE (a_id, b_id)
);
CREATE INDEX p10_b_idx ON p10 (b_id varchar_pattern_ops) WHERE a_id IS NOT NULL;
CREATE TABLE p11 (
    n integer NOT NULL,
    id varchar(36) NOT NULL,
    a_id text CONSTRAINT p11_a REFERENCES p07 (id) ON DELETE SET NULL,
    b_id character varying NOT NULL CONSTRAINT p11_b REFERENCES p08 (id),
    CONSTRAINT p11_key PRIMARY KEY (id)
);
CREATE INDEX p11_b_idx ON p11 (b_id varchar_pattern_ops);
CREATE TABLE p12 (
    n integer NOT NULL,
    id char(36) NOT NULL,
    a_id varchar(40) CONSTRAINT p12_a REFERENCES p08 (id) ON UPDATE CASCADE,
    b_id varchar(36) NOT NULL CONSTRAINT p12_b REFERENCES p09 (id),
    CONSTRAINT p12_key PRIMARY KEY (id)
);
CREATE INDEX p12_b_idx ON p12 (b_id varchar_pattern_ops) WHERE a_id IS NOT NULL;
CREATE TABLE p13 (
    n integer NOT NULL,
    id text NOT NULL,
    a_id character varying CONSTRAINT p13_a REFERENCES p09 (id) ,
    b_id char(36) NOT NULL CONSTRAINT p13_b REFERENCES p10 (id) DEFERRABLE,
    CONSTRAINT p13_key PRIMARY KEY (id)
);
CREATE INDEX p13_b_idx ON p13 (b_id);
CREATE TABLE p14 (
    n integer NOT NULL,
    id varchar(40) NOT NULL,
    a_id varchar(36) CONSTRAINT p14_a REFERENCES p10 (id) ON DELETE CASCADE,
    b_id text NOT NULL CONSTRAINT p14_b REFERENCES p11 (id),
    CONSTRAINT p14_key PRIMARY KEY (id),
    CONSTRAINT p14_ab UNIQUE (a_id, b_id)
);
CREATE INDEX p14_b_idx ON p14 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p15 (
    n integer NOT NULL,
    id character varying NOT NULL,
    a_id char(36) CONSTRAINT p15_a REFERENCES p11 (id) ON DELETE SET NULL,
    b_id varchar(40) NOT NULL CONSTRAINT p15_b REFERENCES p12 (id),
    CONSTRAINT p15_key PRIMARY KEY (id)
);
CREATE INDEX p15_b_idx ON p15 (b_id varchar_pattern_ops);
CREATE TABLE p16 (
    n integer NOT NULL,
    id varchar(36) NOT NULL,
    a_id text CONSTRAINT p16_a REFERENCES p12 (id) ON UPDATE CASCADE,
    b_id character varying NOT NULL CONSTRAINT p16_b REFERENCES p13 (id) DEFERRABLE,
    CONSTRAINT p16_key PRIMARY KEY (id)
);
CREATE INDEX p16_b_idx ON p16 (b_id varchar_pattern_ops) WHERE a_id IS NOT NULL;

CREATE VIEW active_users AS SELECT u.id, u.name, u.email, b.name AS boss FROM users u LEFT JOIN users b ON b.id = u.boss_id WHERE u.id <> '';
COMMENT ON VIEW active_users IS 'a view';
COMMENT ON COLUMN active_users.id IS 'of the view';
ALTER VIEW active_users OWNER TO hostile_owner;
GRANT SELECT ON active_users TO hostile_reader WITH GRANT OPTION;
GRANT SELECT ON users TO hostile_owner;
CREATE VIEW documents_of AS
    SELECT a.id AS user_id, a.name, count(d.id) AS documents, max(d.id::text) AS newest
    FROM active_users a JOIN documents d ON d.author_id = a.id
    WHERE EXISTS (SELECT 1 FROM members m WHERE m.user_id = a.id) AND a.id IN (SELECT author_id FROM documents)
    GROUP BY a.id, a.name HAVING count(d.id) > 0;
CREATE VIEW everybody (who, kind) AS
    SELECT id, 'user' FROM users UNION ALL SELECT id, 'team' FROM teams UNION SELECT 'nobody', 'none';
CREATE VIEW all_ids AS SELECT id FROM users UNION SELECT id FROM documents ORDER BY id;
CREATE VIEW chain AS
    WITH RECURSIVE up (id, boss_id, depth) AS (
        SELECT id, boss_id, 0 FROM users
        UNION ALL SELECT u.id, u.boss_id, up.depth + 1 FROM up JOIN users u ON u.id = up.boss_id WHERE up.depth < 9)
    SELECT up.id, up.depth, coalesce(up.boss_id, 'nobody') AS boss, substr(up.id, 1, 8) AS short FROM up;
CREATE VIEW writable WITH (check_option = local) AS SELECT id, name, boss_id FROM users WHERE id > '0';
CREATE VIEW lateral_view AS
    SELECT u.id, l.id AS document, row_number() OVER (PARTITION BY u.id ORDER BY l.id) AS n, CASE u.id WHEN 'x' THEN 1 ELSE 2 END AS c
    FROM users u CROSS JOIN LATERAL (SELECT d.id, d.author_id FROM documents d WHERE d.author_id = u.id ORDER BY d.id LIMIT 3) l;
CREATE MATERIALIZED VIEW user_counts AS SELECT u.id, count(*) AS n FROM users u JOIN members m ON m.user_id = u.id GROUP BY u.id;
CREATE UNIQUE INDEX user_counts_id ON user_counts (id);
CREATE INDEX user_counts_pattern ON user_counts (id text_pattern_ops);
COMMENT ON MATERIALIZED VIEW user_counts IS 'materialised';
GRANT SELECT ON user_counts TO hostile_reader;
CREATE FUNCTION user_name(wanted text) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT u.name FROM users u WHERE u.id = wanted; END;
CREATE FUNCTION first_user() RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT id FROM users ORDER BY email LIMIT 1; END;
COMMENT ON FUNCTION user_name(text) IS 'parsed';
GRANT EXECUTE ON FUNCTION user_name(text) TO hostile_reader;
REVOKE EXECUTE ON FUNCTION first_user() FROM PUBLIC;
CREATE VIEW named AS SELECT d.number, user_name('x') AS author FROM documents d;
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (user_id, what) VALUES (NEW.id::text, TG_OP); RETURN NEW; END $$;
CREATE TRIGGER users_changed AFTER UPDATE OF id, name ON users FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id OR NEW.id = 'x') EXECUTE FUNCTION log_change('id');
COMMENT ON TRIGGER users_changed ON users IS 'a trigger';
CREATE TRIGGER users_inserted BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION log_change();
ALTER TABLE users DISABLE TRIGGER users_inserted;
CREATE CONSTRAINT TRIGGER users_late AFTER UPDATE OF boss_id ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.boss_id IS NOT NULL) EXECUTE FUNCTION log_change();
ALTER TABLE users ENABLE ALWAYS TRIGGER users_late;
CREATE FUNCTION write_view() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER active_users_write INSTEAD OF UPDATE ON active_users FOR EACH ROW EXECUTE FUNCTION write_view();
CREATE POLICY own ON documents FOR ALL TO hostile_reader USING (author_id = current_setting('app.user', true)) WITH CHECK (author_id IN (SELECT id FROM users));
CREATE POLICY team ON documents AS RESTRICTIVE FOR SELECT TO PUBLIC USING (EXISTS (SELECT 1 FROM shares s JOIN members m ON m.team_id = s.team_id WHERE s.document_id = documents.id AND m.user_id = current_user));
COMMENT ON POLICY own ON documents IS 'a policy';
CREATE RULE no_root AS ON DELETE TO users WHERE OLD.id = '00000000-0000-0000-0000-000000000001' DO INSTEAD NOTHING;
