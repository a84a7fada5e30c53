CREATE SCHEMA "Other";
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 50);
CREATE SEQUENCE counts START 7;
CREATE TABLE "Hostile T" (
    "Key A" integer NOT NULL,
    key_b text NOT NULL,
    victim varchar(10) COLLATE "C" DEFAULT 'v' NOT NULL,
    moved text COLLATE "C" DEFAULT 'x''y',
    "select" short,
    counted integer NOT NULL DEFAULT nextval('counts'),
    mood mood DEFAULT 'good',
    made integer GENERATED ALWAYS AS (length(moved)) STORED,
    parent_a integer,
    parent_b text,
    code text NOT NULL,
    big text,
    CONSTRAINT "the key" PRIMARY KEY ("Key A", key_b),
    CONSTRAINT code_key UNIQUE (code),
    CONSTRAINT other_key UNIQUE (counted, "select") DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT of_parent FOREIGN KEY (parent_a, parent_b) REFERENCES "Hostile T" ON DELETE SET NULL,
    CONSTRAINT not_same CHECK (victim <> moved),
    CONSTRAINT victims UNIQUE (victim, code)
);
ALTER SEQUENCE counts OWNED BY "Hostile T".counted;
ALTER TABLE "Hostile T" ADD CONSTRAINT later CHECK (moved <> 'later') NOT VALID;
ALTER TABLE "Hostile T" ALTER COLUMN big SET STORAGE EXTERNAL, ALTER COLUMN moved SET STATISTICS 77, ALTER COLUMN counted SET (n_distinct = 5);
CREATE UNIQUE INDEX identity_index ON "Hostile T" (counted);
ALTER TABLE "Hostile T" REPLICA IDENTITY USING INDEX identity_index;
CREATE INDEX clustered ON "Hostile T" (moved text_pattern_ops DESC NULLS LAST, lower(code)) INCLUDE (big) WITH (fillfactor = 70) WHERE big IS NULL;
CREATE INDEX whole ON "Hostile T" (big, moved);
ALTER TABLE "Hostile T" CLUSTER ON whole;
CREATE INDEX of_victim ON "Hostile T" (upper(victim)) WHERE moved <> 'a';
COMMENT ON INDEX of_victim IS 'v''s';
COMMENT ON TABLE "Hostile T" IS 'hostile';
COMMENT ON COLUMN "Hostile T".victim IS 'goes';
COMMENT ON COLUMN "Hostile T"."select" IS E'a\\b';
COMMENT ON CONSTRAINT victims ON "Hostile T" IS 'both';
COMMENT ON CONSTRAINT other_key ON "Hostile T" IS 'other';
CREATE STATISTICS together (ndistinct) ON moved, code FROM "Hostile T";
GRANT SELECT ON "Hostile T" TO PUBLIC;
GRANT UPDATE (moved), INSERT (moved, code) ON "Hostile T" TO PUBLIC;
CREATE TABLE refers (id integer PRIMARY KEY, code text, counted integer REFERENCES "Hostile T" (counted));
ALTER TABLE refers ADD CONSTRAINT refers_code FOREIGN KEY (code) REFERENCES "Hostile T" (code) ON UPDATE CASCADE NOT VALID;
CREATE VIEW "Other".seen AS SELECT moved, code FROM "Hostile T" WHERE "select" IS NOT NULL;
CREATE VIEW seen_twice WITH (security_barrier) AS SELECT moved || code AS both FROM "Other".seen;
GRANT SELECT ON seen_twice TO PUBLIC;
COMMENT ON VIEW seen_twice IS 'twice';
CREATE MATERIALIZED VIEW stored AS SELECT code, big FROM "Hostile T";
CREATE UNIQUE INDEX stored_code ON stored (code);
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (what) VALUES (TG_OP); NEW.big := coalesce(NEW.big, '') || '!'; RETURN NEW; END $$;
CREATE TRIGGER always BEFORE UPDATE ON "Hostile T" FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER sometimes BEFORE UPDATE OF moved ON "Hostile T" FOR EACH ROW WHEN (OLD.moved IS DISTINCT FROM NEW.moved) EXECUTE FUNCTION note();
ALTER TABLE "Hostile T" DISABLE TRIGGER sometimes;
CREATE FUNCTION newest() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT max(moved) FROM "Hostile T"; END;
ALTER TABLE "Hostile T" ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON "Hostile T" USING (moved <> 'secret');
INSERT INTO "Hostile T" ("Key A", key_b, victim, moved, "select", mood, parent_a, parent_b, code, big) VALUES
    (1, 'a', 'v1', 'm1', 's', 'bad', NULL, NULL, 'c1', NULL), (1, 'b', 'v''2', E'm\\2', NULL, NULL, 1, 'a', 'c2', 'b'), (2, 'a', 'ü', '', '', 'good', 1, 'b', 'c;--', '');
INSERT INTO refers VALUES (1, 'c1', 7), (2, NULL, 8);
REFRESH MATERIALIZED VIEW stored;
CREATE TABLE "Other".things (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a text, b text NOT NULL DEFAULT 'b');
INSERT INTO "Other".things (id, a) VALUES ('00000000-0000-0000-0000-00000000000a', 'one'), ('00000000-0000-0000-0000-00000000000b', NULL);
CREATE TABLE a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_ (id bigint PRIMARY KEY, a_column_whose_name_is_as_long_as_postgresql_allows_names_to_be text, c integer);
INSERT INTO a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_ VALUES (1, 'x', 1), (2, NULL, 2);
