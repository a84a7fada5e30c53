CREATE TABLE [Hostile T] (
    "Key A" INTEGER NOT NULL,
    `key_b` text NOT NULL collate nocase,
    victim VARCHAR(10) DEFAULT 'v' NOT NULL, -- goes
    Moved text DEFAULT 'x''y' /* ) */,
    "select" short,
    made integer GENERATED ALWAYS AS (length(moved)) VIRTUAL,
    parent_a integer,
    parent_b text,
    code text NOT NULL CONSTRAINT code_key UNIQUE ON CONFLICT REPLACE,
    big,
    CONSTRAINT "the key" PRIMARY KEY ("Key A", key_b),
    CONSTRAINT of_parent FOREIGN KEY (parent_a, parent_b) REFERENCES [Hostile T] ON DELETE SET NULL,
    CONSTRAINT not_same CHECK (victim <> 'never' AND moved <> 'never'),
    CONSTRAINT victims UNIQUE (victim, code)
);
CREATE INDEX of_victim ON "Hostile T" (upper(victim)) WHERE moved <> 'a';
CREATE INDEX [of moved] ON [Hostile T] (MOVED COLLATE rtrim DESC, code);
CREATE TABLE refers (id integer PRIMARY KEY, code text REFERENCES "Hostile T" (code) ON UPDATE CASCADE);
CREATE TABLE log (id integer primary key autoincrement, what text);
CREATE VIEW seen AS SELECT moved, code FROM "Hostile T" WHERE "select" IS NOT NULL;
CREATE VIEW seen_twice AS SELECT moved || code AS both FROM seen;
CREATE TRIGGER always AFTER UPDATE ON [Hostile T] BEGIN INSERT INTO log (what) VALUES ('update'); END;
CREATE TRIGGER of_log AFTER INSERT ON log WHEN new.what = 'never' BEGIN DELETE FROM [Hostile T] WHERE big = new.what; END;
INSERT INTO "Hostile T" ("Key A", key_b, victim, moved, "select", parent_a, parent_b, code, big) VALUES
    (1, 'a', 'v1', 'm1', 's', NULL, NULL, 'c1', NULL), (1, 'b', 'v''2', 'm\2', NULL, 1, 'a', 'c2', x'00'), (2, 'a', 'ü', '', '', 1, 'b', 'c;--', 1.5);
INSERT INTO refers VALUES (1, 'c1'), (2, NULL);
INSERT INTO log (what) VALUES ('a'), ('b');
DELETE FROM log WHERE what = 'b';
CREATE TABLE things (id BLOB PRIMARY KEY NOT NULL, a text, b text NOT NULL DEFAULT 'b') STRICT, WITHOUT ROWID;
INSERT INTO things (id, a) VALUES (x'01', 'one'), (x'02', NULL);
CREATE TABLE a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_ (id integer PRIMARY KEY, a_column_whose_name_is_as_long_as_postgresql_allows_names_to_be text, c integer);
INSERT INTO a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_ VALUES (1, 'x', 1), (2, NULL, 2);
