//! A deliberately wrong down of each kind is reported as such, and none as exact.

use super::{Set, said};
use switchback::Dialect;
use switchback::prove::Verdict;

/// A pair whose down is wrong.
struct Wrong {
    what: &'static str,
    /// Besides the table `t`, before the up.
    before: &'static str,
    up: &'static str,
    /// The down as it should be: where there is one, it is exact.
    right: &'static str,
    down: &'static str,
    /// What the report names.
    names: &'static str,
}

const TABLE: &str = "CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL DEFAULT 'x', b integer);
INSERT INTO t (id, a, b) VALUES (1, 'one', 10), (2, 'two', NULL), (3, '', 30);
";

const ON_BOTH: &[Wrong] = &[
    Wrong {
        what: "lost row",
        before: "",
        up: "CREATE TABLE aside AS SELECT * FROM t;\nDELETE FROM t;\n",
        right: "INSERT INTO t (id, a, b) SELECT id, a, b FROM aside;\nDROP TABLE aside;\n",
        down: "INSERT INTO t (id, a, b) SELECT id, a, b FROM aside WHERE id > 1;\nDROP TABLE aside;\n",
        names: "rows of t",
    },
    Wrong {
        what: "values that changed places",
        before: "",
        up: "UPDATE t SET b = 1 WHERE id = 1;\n",
        right: "UPDATE t SET b = 10 WHERE id = 1;\n",
        down: "UPDATE t SET b = (CASE id WHEN 1 THEN 30 WHEN 2 THEN NULL ELSE 10 END) WHERE id < 4;\n",
        names: "t.b",
    },
    Wrong {
        what: "one row too many",
        before: "",
        up: "DELETE FROM t WHERE id = 1;\n",
        right: "INSERT INTO t (id, a, b) VALUES (1, 'one', 10);\n",
        down: "INSERT INTO t (id, a, b) VALUES (1, 'one', 10), (4, 'four', 40);\n",
        names: "rows of t",
    },
    Wrong {
        what: "missing index",
        before: "CREATE INDEX t_b ON t (b);\n",
        up: "DROP INDEX t_b;\n",
        right: "CREATE INDEX t_b ON t (b);\n",
        down: "SELECT 1;\n",
        names: "index t_b",
    },
    Wrong {
        what: "index without its predicate",
        before: "CREATE INDEX t_b ON t (b) WHERE b > 5;\n",
        up: "DROP INDEX t_b;\n",
        right: "CREATE INDEX t_b ON t (b) WHERE b > 5;\n",
        down: "CREATE INDEX t_b ON t (b);\n",
        names: "index t_b: where",
    },
    Wrong {
        what: "index that is no longer unique",
        before: "CREATE UNIQUE INDEX t_id ON t (id);\n",
        up: "DROP INDEX t_id;\n",
        right: "CREATE UNIQUE INDEX t_id ON t (id);\n",
        down: "CREATE INDEX t_id ON t (id);\n",
        names: "index t_id: unique",
    },
    Wrong {
        what: "other text of a view",
        before: "CREATE VIEW v AS SELECT id, a FROM t WHERE b > 1;\n",
        up: "DROP VIEW v;\n",
        right: "CREATE VIEW v AS SELECT id, a FROM t WHERE b > 1;\n",
        down: "CREATE VIEW v AS SELECT id, a FROM t WHERE b > 2;\n",
        names: "view v",
    },
    Wrong {
        what: "leftover column",
        before: "",
        up: "ALTER TABLE t ADD COLUMN c text;\n",
        right: "ALTER TABLE t DROP COLUMN c;\n",
        down: "UPDATE t SET c = NULL;\n",
        names: "column t.c",
    },
    Wrong {
        what: "column under another name",
        before: "",
        up: "ALTER TABLE t RENAME COLUMN b TO c;\n",
        right: "ALTER TABLE t RENAME COLUMN c TO b;\n",
        down: "ALTER TABLE t RENAME COLUMN c TO \"B2\";\n",
        names: "column t.b",
    },
    Wrong {
        what: "table that stays",
        before: "",
        up: "CREATE TABLE other (id integer PRIMARY KEY);\n",
        right: "DROP TABLE other;\n",
        down: "DELETE FROM other;\n",
        names: "table other",
    },
];

const ON_SQLITE: &[Wrong] = &[
    Wrong {
        what: "number of the application that stays",
        before: "",
        up: "PRAGMA user_version = 7;\n",
        right: "PRAGMA user_version = 0;\n",
        down: "SELECT 1;\n",
        names: "pragma user_version",
    },
    Wrong {
        what: "lost trigger",
        before: "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = 7 WHERE id = -1; END;\n",
        up: "DROP TRIGGER g;\n",
        right: "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = 7 WHERE id = -1; END;\n",
        down: "SELECT 1;\n",
        names: "trigger g",
    },
    Wrong {
        what: "changed default",
        before: "CREATE TABLE d (id integer PRIMARY KEY, c text DEFAULT 'old');\n",
        up: "DROP TABLE d;\n",
        right: "",
        down: "CREATE TABLE d (id integer PRIMARY KEY, c text DEFAULT 'new');\n",
        names: "column d.c: default",
    },
    Wrong {
        what: "other collation",
        before: "CREATE TABLE d (id integer PRIMARY KEY, c text COLLATE NOCASE);\n",
        up: "ALTER TABLE d RENAME TO e;\n",
        right: "ALTER TABLE e RENAME TO d;\n",
        down: "CREATE TABLE d (id integer PRIMARY KEY, c text);\nINSERT INTO d SELECT * FROM e;\nDROP TABLE e;\n",
        names: "collation",
    },
    Wrong {
        what: "forgotten NOT NULL",
        before: "CREATE TABLE d (id integer PRIMARY KEY, c text NOT NULL);\n",
        up: "ALTER TABLE d RENAME TO e;\n",
        right: "ALTER TABLE e RENAME TO d;\n",
        down: "CREATE TABLE d (id integer PRIMARY KEY, c text);\nINSERT INTO d SELECT * FROM e;\nDROP TABLE e;\n",
        names: "column d.c: not null",
    },
    Wrong {
        what: "reset counter",
        before: "CREATE TABLE d (id integer PRIMARY KEY AUTOINCREMENT, c text);\nINSERT INTO d (c) VALUES ('x'), ('y'), ('z');\nDELETE FROM d WHERE c = 'z';\n",
        up: "ALTER TABLE d RENAME TO e;\n",
        right: "ALTER TABLE e RENAME TO d;\n",
        down: "CREATE TABLE d (id integer PRIMARY KEY AUTOINCREMENT, c text);\nINSERT INTO d SELECT * FROM e;\nDROP TABLE e;\n",
        names: "sequence d",
    },
    Wrong {
        what: "lost STRICT",
        before: "CREATE TABLE d (id integer PRIMARY KEY, c text) STRICT;\n",
        up: "ALTER TABLE d RENAME TO e;\n",
        right: "ALTER TABLE e RENAME TO d;\n",
        down: "CREATE TABLE d (id integer PRIMARY KEY, c text);\nINSERT INTO d SELECT * FROM e;\nDROP TABLE e;\n",
        names: "strict",
    },
];

const ON_POSTGRES: &[Wrong] = &[
    Wrong {
        what: "setting of the database that stays",
        before: "",
        up: "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '5MB'); END$$;\n",
        right: "DO $$BEGIN EXECUTE format('ALTER DATABASE %I RESET work_mem', current_database()); END$$;\n",
        down: "SELECT 1;\n",
        names: "setting work_mem of the database",
    },
    Wrong {
        what: "user mapping that stays",
        before: "CREATE FOREIGN DATA WRAPPER far;\nCREATE SERVER away FOREIGN DATA WRAPPER far;\n",
        up: "CREATE USER MAPPING IF NOT EXISTS FOR PUBLIC SERVER away OPTIONS (password 'b');\n",
        right: "DROP USER MAPPING FOR PUBLIC SERVER away;\n",
        down: "SELECT 1;\n",
        names: "user mapping away for PUBLIC",
    },
    Wrong {
        what: "changed default",
        before: "",
        up: "ALTER TABLE t ALTER COLUMN a SET DEFAULT 'y';\n",
        right: "ALTER TABLE t ALTER COLUMN a SET DEFAULT 'x';\n",
        down: "ALTER TABLE t ALTER COLUMN a DROP DEFAULT;\n",
        names: "column t.a: default",
    },
    Wrong {
        what: "lost trigger",
        before: "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\nCREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n",
        up: "DROP TRIGGER g ON t;\n",
        right: "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n",
        down: "SELECT 1;\n",
        names: "trigger g",
    },
    Wrong {
        what: "other collation",
        before: "",
        up: "ALTER TABLE t ALTER COLUMN a TYPE text COLLATE \"POSIX\";\n",
        right: "ALTER TABLE t ALTER COLUMN a TYPE text;\n",
        down: "ALTER TABLE t ALTER COLUMN a TYPE text COLLATE \"C\";\n",
        names: "column t.a: collation",
    },
    Wrong {
        what: "dropped grant",
        before: "GRANT SELECT ON t TO PUBLIC;\n",
        up: "REVOKE SELECT ON t FROM PUBLIC;\n",
        right: "GRANT SELECT ON t TO PUBLIC;\n",
        down: "SELECT 1;\n",
        names: "table t",
    },
    Wrong {
        what: "forgotten NOT NULL",
        before: "",
        up: "ALTER TABLE t ALTER COLUMN a DROP NOT NULL;\n",
        right: "ALTER TABLE t ALTER COLUMN a SET NOT NULL;\n",
        down: "SELECT 1;\n",
        names: "column t.a: not null",
    },
    Wrong {
        what: "reset sequence",
        before: "CREATE SEQUENCE s;\nSELECT nextval('s'), nextval('s');\n",
        up: "DROP SEQUENCE s;\n",
        right: "CREATE SEQUENCE s;\nSELECT setval('s', 2);\n",
        down: "CREATE SEQUENCE s;\n",
        names: "sequence s",
    },
    Wrong {
        what: "renamed constraint",
        before: "ALTER TABLE t ADD CONSTRAINT big CHECK (id > -99999999);\n",
        up: "ALTER TABLE t DROP CONSTRAINT big;\n",
        right: "ALTER TABLE t ADD CONSTRAINT big CHECK (id > -99999999);\n",
        down: "ALTER TABLE t ADD CHECK (id > -99999999);\n",
        names: "check big",
    },
    Wrong {
        what: "constraint that is not validated",
        before: "ALTER TABLE t ADD CONSTRAINT big CHECK (id > -99999999);\n",
        up: "ALTER TABLE t DROP CONSTRAINT big;\n",
        right: "ALTER TABLE t ADD CONSTRAINT big CHECK (id > -99999999);\n",
        down: "ALTER TABLE t ADD CONSTRAINT big CHECK (id > -99999999) NOT VALID;\n",
        names: "check big on t",
    },
    Wrong {
        what: "lost comment",
        before: "COMMENT ON COLUMN t.a IS 'why';\n",
        up: "COMMENT ON COLUMN t.a IS NULL;\n",
        right: "COMMENT ON COLUMN t.a IS 'why';\n",
        down: "SELECT 1;\n",
        names: "comment",
    },
];

fn set(wrong: &Wrong, down: &str) -> Set {
    let set = Set::new();
    let first = format!("{TABLE}{}", wrong.before);
    set.file("V0001__t/up.sql", &first)
        .file("V0001__t/migration.toml", "irreversible = \"a test\"\n")
        .migration("V0002__wrong", wrong.up, down);
    set
}

fn found(dialect: Dialect, wrong: &Wrong) {
    let proof = set(wrong, wrong.down).last(dialect);
    let text = said(&proof);
    assert!(!proof.passed, "{} on {}: {text}", wrong.what, dialect.as_str());
    assert_ne!(proof.verdict, Verdict::Exact, "{} on {}: {text}", wrong.what, dialect.as_str());
    assert!(text.contains(wrong.names), "{} on {}: {text}", wrong.what, dialect.as_str());
    if !wrong.right.is_empty() {
        let proof = set(wrong, wrong.right).last(dialect);
        let text = said(&proof);
        assert!(
            proof.passed && proof.verdict == Verdict::Exact,
            "{} on {}: {text}",
            wrong.what,
            dialect.as_str()
        );
    }
}

#[test]
fn every_kind_of_wrong_down_is_found_on_sqlite_and_its_right_one_is_exact() {
    ON_BOTH.iter().chain(ON_SQLITE).for_each(|wrong| found(Dialect::Sqlite, wrong));
}

#[test]
fn every_kind_of_wrong_down_is_found_on_postgres_and_its_right_one_is_exact() {
    ON_BOTH.iter().chain(ON_POSTGRES).for_each(|wrong| found(Dialect::Postgres, wrong));
}

#[test]
fn another_order_of_columns_is_told_and_passes() {
    for dialect in Dialect::ALL {
        let set = Set::new();
        set.migration("V0001__t", TABLE, "DROP TABLE t;\n").migration(
            "V0002__a",
            "CREATE TABLE aside AS SELECT id, a FROM t;\nALTER TABLE t DROP COLUMN a;\n",
            "ALTER TABLE t ADD COLUMN a text NOT NULL DEFAULT 'x';\nUPDATE t SET a = (SELECT s.a FROM aside s WHERE s.id = t.id);\nDROP TABLE aside;\n",
        );
        let proof = set.last(dialect);
        assert_eq!((proof.verdict, proof.passed), (Verdict::ColumnOrder, true), "{}", said(&proof));
    }
}
