-- A schema with one of everything that PostgreSQL 13 has.
DO $do$ BEGIN CREATE ROLE schema_app; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$;
DO $do$ BEGIN CREATE ROLE "Schema Owner"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$;
CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'what happened';
GRANT USAGE ON SCHEMA audit TO schema_app;
GRANT USAGE ON SCHEMA public TO schema_app;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s, fine');
COMMENT ON TYPE mood IS 'how one feels';
CREATE TYPE address AS (street text, "post code" varchar(10) COLLATE "C");
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE DOMAIN email AS text COLLATE "C" DEFAULT 'x@y' NOT NULL CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
COMMENT ON DOMAIN email IS 'with an at';
CREATE SEQUENCE ticket AS integer START 10 INCREMENT 5 MINVALUE 1 MAXVALUE 1000 CACHE 3 CYCLE;
GRANT USAGE ON SEQUENCE ticket TO schema_app;
CREATE FUNCTION lowered(t text, shift integer DEFAULT 1 + 1) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $f$
  -- lower case
  SELECT lower(t)
$f$;
COMMENT ON FUNCTION lowered(text, integer) IS 'lower';
REVOKE ALL ON FUNCTION lowered(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lowered(text, integer) TO schema_app WITH GRANT OPTION;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $f$
BEGIN
  NEW.updated_at := now(); /* now */
  RETURN NEW;
END
$f$;
CREATE PROCEDURE nothing(INOUT n integer) LANGUAGE plpgsql AS 'BEGIN n := n + 1; END';
CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq, COMMUTATOR = ===);
CREATE COLLATION german (LOCALE = 'C');

CREATE TABLE users (
    id varchar(36) PRIMARY KEY,
    n bigint GENERATED ALWAYS AS IDENTITY (START 100),
    email email,
    name text NOT NULL DEFAULT 'nobody',
    lower_name text GENERATED ALWAYS AS (lower(name)) STORED,
    feeling mood DEFAULT 'ok',
    home address,
    code text COLLATE "C",
    tags text[] NOT NULL DEFAULT '{}'::text[],
    balance numeric(12, 2) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamp without time zone,
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT positive CHECK (balance >= 0 AND char_length(name) < 200)
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
COMMENT ON TABLE users IS 'people';
COMMENT ON COLUMN users.name IS 'as it is written';
COMMENT ON CONSTRAINT positive ON users IS 'no debts';
ALTER TABLE users ALTER name SET STORAGE EXTERNAL, ALTER name SET STATISTICS 500, ALTER n SET (n_distinct = 7);
GRANT SELECT, INSERT ON users TO schema_app;
GRANT UPDATE (name, email) ON users TO schema_app;
CREATE INDEX users_lower ON users (lower(name)) WHERE balance > 0;
CREATE INDEX users_created ON users USING btree (created_at DESC, name COLLATE "POSIX" text_pattern_ops NULLS FIRST) INCLUDE (code) WITH (fillfactor = 60);
CREATE INDEX users_tags ON users USING gin (tags);
COMMENT ON INDEX users_tags IS 'by tag';
ALTER TABLE users CLUSTER ON users_email_key;

CREATE TABLE entries (
    id serial PRIMARY KEY,
    user_id varchar(36) NOT NULL,
    parent_id integer REFERENCES entries ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    kind text NOT NULL,
    seats int4range,
    CONSTRAINT entries_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT entries_seats EXCLUDE USING gist (seats WITH &&)
);
ALTER TABLE entries ADD CONSTRAINT known_kind CHECK (kind IN ('a', 'b')) NOT VALID;
ALTER TABLE entries REPLICA IDENTITY FULL;
ALTER TABLE entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE entries OWNER TO "Schema Owner";
CREATE POLICY mine ON entries AS RESTRICTIVE FOR SELECT TO schema_app USING (user_id = current_user);
COMMENT ON POLICY mine ON entries IS 'only mine';
CREATE POLICY theirs ON entries FOR INSERT WITH CHECK (lowered(kind) <> 'b');
CREATE STATISTICS entry_kinds (ndistinct, dependencies) ON user_id, kind FROM entries;
COMMENT ON STATISTICS entry_kinds IS 'they go together';

CREATE TRIGGER touch BEFORE UPDATE OF name, code ON users FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION touch();
COMMENT ON TRIGGER touch ON users IS 'touches';
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE entries DISABLE TRIGGER later;

CREATE VIEW active WITH (security_barrier = true) AS SELECT id, name, lower_name AS low, balance * 2 AS twice FROM users WHERE balance > 0;
COMMENT ON VIEW active IS 'who has money';
COMMENT ON COLUMN active.twice IS 'doubled';
ALTER VIEW active ALTER COLUMN name SET DEFAULT 'viewed';
GRANT SELECT (id, name) ON active TO schema_app;
GRANT SELECT ON active TO PUBLIC;
ALTER VIEW active OWNER TO "Schema Owner";
CREATE TRIGGER touch_view INSTEAD OF UPDATE ON active FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW actives AS SELECT a.id, count(*) AS n FROM active a JOIN entries e ON e.user_id = a.id GROUP BY a.id;
CREATE VIEW checked AS SELECT id, name FROM users WHERE code IS NULL WITH LOCAL CHECK OPTION;
CREATE RULE no_delete AS ON DELETE TO checked DO INSTEAD NOTHING;
COMMENT ON RULE no_delete ON checked IS 'nothing goes';
CREATE RULE log_code AS ON UPDATE TO users WHERE NEW.code <> OLD.code DO ALSO INSERT INTO entries (user_id, kind) VALUES (NEW.id, 'a');
ALTER TABLE users DISABLE RULE log_code;
CREATE MATERIALIZED VIEW totals WITH (fillfactor = 50) AS SELECT u.id, sum(u.balance) AS total FROM users u GROUP BY u.id WITH DATA;
CREATE UNIQUE INDEX totals_id ON totals (id);
CREATE INDEX totals_total ON totals (total DESC) WHERE total > 0;
COMMENT ON INDEX totals_total IS 'rich first';
ALTER MATERIALIZED VIEW totals CLUSTER ON totals_id;
ALTER MATERIALIZED VIEW totals ALTER COLUMN total SET STATISTICS 50;
COMMENT ON MATERIALIZED VIEW totals IS 'sums';
GRANT SELECT ON totals TO schema_app;

CREATE TABLE audit.events (id bigint GENERATED BY DEFAULT AS IDENTITY, user_id varchar(36) REFERENCES users, at date NOT NULL, "Odd ""Name""" text) PARTITION BY RANGE (at);
CREATE TABLE audit.events_2020 PARTITION OF audit.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE audit.events_rest PARTITION OF audit.events DEFAULT;
CREATE INDEX events_user ON audit.events (user_id);
CREATE VIEW audit.recent AS SELECT e."Odd ""Name""" AS odd, u.name FROM audit.events e LEFT JOIN users u ON u.id = e.user_id;
CREATE FUNCTION audit.names() RETURNS SETOF text LANGUAGE sql STABLE ROWS 5 AS 'SELECT name FROM public.users';
CREATE TABLE parent (a integer CHECK (a > 0), b text);
CREATE TABLE child (c integer) INHERITS (parent);
CREATE UNLOGGED TABLE quick (a integer, b integer, PRIMARY KEY (a, b));
CREATE TABLE typed OF address (street NOT NULL);
CREATE TABLE loose (v text, CONSTRAINT loose_v UNIQUE (v) DEFERRABLE);
CREATE UNIQUE INDEX quick_b ON quick (b);
ALTER TABLE quick REPLICA IDENTITY USING INDEX quick_b;
ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT SELECT ON TABLES TO schema_app;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO schema_app;
CREATE PUBLICATION pub FOR TABLE users, loose WITH (publish = 'insert, update');
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION on_ddl();
ALTER EVENT TRIGGER watch DISABLE;
CREATE FOREIGN DATA WRAPPER fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER fdw OPTIONS (host 'h');
CREATE FOREIGN TABLE far (a integer OPTIONS (column_name 'x'), b text) SERVER elsewhere OPTIONS (table_name 't');
CREATE CAST (address AS mood) WITH INOUT AS ASSIGNMENT;
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
