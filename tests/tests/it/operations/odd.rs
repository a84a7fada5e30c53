//! Operations over schemas that are odd, but real: each comes back to the byte, or is refused by name.

use super::{Base, exact_on, sealed};
use crate::support::World;
use switchback::Dialect::{Postgres, Sqlite};
use switchback::{Dialect, ErrorKind, Target};

/// Tables for one engine.
pub(super) const fn on_postgres(postgres: &'static str, down_postgres: &'static str) -> Base {
    Base { sqlite: "SELECT 1;\n", down_sqlite: "SELECT 1;\n", postgres, down_postgres }
}

pub(super) const fn on_sqlite(sqlite: &'static str, down_sqlite: &'static str) -> Base {
    Base { sqlite, down_sqlite, postgres: "SELECT 1;\n", down_postgres: "SELECT 1;\n" }
}

/// The same tables on both.
const fn on_both(up: &'static str, down: &'static str) -> Base {
    Base { sqlite: up, down_sqlite: down, postgres: up, down_postgres: down }
}

/// What sealing is refused with.
#[track_caller]
pub(super) fn refusal(base: &Base, engine: Dialect, operations: &str) -> String {
    let error = sealed(base, &[engine], operations).1.map(|s| s.notices).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    error.to_string()
}

/// What a person is told when the operations are sealed.
#[track_caller]
fn told(base: &Base, engine: Dialect, operations: &str) -> String {
    sealed(base, &[engine], operations).1.unwrap_or_else(|e| panic!("{e}")).notices.join("\n")
}

pub(super) fn drop_column(table: &str, column: &str) -> String {
    format!("[[operation]]\ntype = \"drop_column\"\ntable = \"{table}\"\ncolumn = \"{column}\"\n")
}

const STATISTICS: Base = on_postgres(
    "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b integer, c integer);
INSERT INTO t SELECT n, n % 3, n % 2, n FROM generate_series(1, 20) n;
CREATE STATISTICS of_both ON a, b FROM t;
CREATE STATISTICS of_two ON b, c FROM t;
COMMENT ON STATISTICS of_both IS 'so';
",
    "DROP TABLE t;\n",
);

#[test]
fn extended_statistics_over_a_dropped_column_come_back() {
    for column in ["a", "b", "c"] {
        let toml = format!("[[operation]]\ntype = \"drop_column\"\ntable = \"t\"\ncolumn = \"{column}\"\n");
        exact_on(&STATISTICS, &[Postgres], &toml);
    }
}

const RULE: Base = on_postgres(
    "CREATE TABLE audit (id bigint, seen integer);
CREATE TABLE t (id bigint PRIMARY KEY, a integer, b integer);
INSERT INTO t VALUES (1, 10, 100), (2, NULL, 200), (3, 30, 300);
CREATE RULE r AS ON UPDATE TO t DO ALSO INSERT INTO audit VALUES (new.id, new.b);
COMMENT ON RULE r ON t IS 'so';
ALTER TABLE t ENABLE ALWAYS RULE r;
",
    "DROP TABLE t;\nDROP TABLE audit;\n",
);

#[test]
fn a_rule_does_not_see_a_column_come_back() {
    exact_on(&RULE, &[Postgres], "[[operation]]\ntype = \"drop_column\"\ntable = \"t\"\ncolumn = \"a\"\n");
}

const PARENT: Base = on_postgres(
    "CREATE TABLE par (id bigint PRIMARY KEY, v text, w text);
CREATE TABLE child (extra text) INHERITS (par);
INSERT INTO par VALUES (1, 'a', 'b');
INSERT INTO child VALUES (1, 'c', 'd', 'e');
",
    "DROP TABLE child;\nDROP TABLE par;\n",
);

#[test]
fn a_table_that_others_inherit_from_is_refused() {
    let all = [
        "type = \"drop_column\"\ntable = \"par\"\ncolumn = \"v\"\n",
        "type = \"drop_table\"\ntable = \"par\"\n",
        "type = \"fill\"\ntable = \"par\"\ncolumn = \"v\"\nvalue = \"'x'\"\n",
        "type = \"alter_column\"\ntable = \"par\"\ncolumn = \"v\"\nnot_null = true\nfill = \"'x'\"\n",
    ];
    for fields in all {
        let said = refusal(&PARENT, Postgres, &format!("[[operation]]\n{fields}"));
        assert!(said.contains("the table child inherits from par"), "{said}");
    }
    // What keeps nothing goes down to the children.
    let add =
        "type = \"add_column\"\ntable = \"par\"\ncolumn = { name = \"n\", type = \"text\" }\nfill = \"v\"\n";
    exact_on(&PARENT, &[Postgres], &format!("[[operation]]\n{add}"));
}

const NO_KEY: Base = on_sqlite(
    "CREATE TABLE t (a TEXT, b integer, v text, w text, PRIMARY KEY (a, b));
INSERT INTO t VALUES ('x', 1, 'a', 'b'), ('x', 2, NULL, NULL);
CREATE TABLE u (id TEXT PRIMARY KEY, other text NOT NULL UNIQUE, v text);
INSERT INTO u VALUES (NULL, 'a', 'v1'), (NULL, 'b', 'v2'), ('i', 'c', NULL);
",
    "DROP TABLE u;\nDROP TABLE t;\n",
);

#[test]
fn a_key_that_may_be_null_on_sqlite_is_told_and_stops_the_way_up() {
    let drop = "[[operation]]\ntype = \"drop_column\"\ntable = \"t\"\ncolumn = \"v\"\n";
    exact_on(&NO_KEY, &[Sqlite], drop);
    let said = told(&NO_KEY, Sqlite, drop);
    assert!(said.contains("the primary key of t may be NULL on SQLite") && said.contains("(a, b)"), "{said}");
    // Another key that is never NULL serves.
    let drop = "[[operation]]\ntype = \"drop_column\"\ntable = \"u\"\ncolumn = \"v\"\n";
    exact_on(&NO_KEY, &[Sqlite], drop);
    assert!(!told(&NO_KEY, Sqlite, drop).contains("may be NULL"));
    let base = on_sqlite(
        "CREATE TABLE t (a TEXT PRIMARY KEY, v text);\nINSERT INTO t VALUES (NULL, 'a'), (NULL, 'b');\n",
        "DROP TABLE t;\n",
    );
    let fill = "[[operation]]\ntype = \"fill\"\ntable = \"t\"\ncolumn = \"v\"\nvalue = \"'c'\"\n";
    let error = sealed(&base, &[Sqlite], fill).1.map(|s| s.notices).unwrap_err().to_string();
    assert!(error.contains("CHECK constraint failed: every row of t has a key"), "{error}");
}

const RENAMED: Base = on_both(
    "CREATE TABLE a (id bigint NOT NULL, code varchar(9) NOT NULL, CONSTRAINT a_pkey PRIMARY KEY (id), CONSTRAINT a_code_key UNIQUE (code));
INSERT INTO a VALUES (1, 'x');
",
    "DROP TABLE a;\n",
);

#[test]
fn a_table_is_created_under_the_name_of_one_that_was_renamed() {
    let toml = r#"
[[operation]]
type = "rename_table"
table = "a"
to = "b"

[[operation]]
type = "create_table"
table = "a"
columns = [
    { name = "id", type = "bigint", primary_key = true },
    { name = "code", type = "varchar(9)", not_null = true, unique = true, references = { table = "b", columns = ["code"] } },
]

[[operation]]
type = "drop_constraint"
table = "a"
name = "a_code_key1"

[[operation]]
type = "drop_constraint"
table = "a"
name = "a_pkey1"

[[operation]]
type = "add_unique"
table = "a"
columns = ["code"]
"#;
    exact_on(&RENAMED, &Dialect::ALL, toml);
}

#[test]
fn tables_of_one_name_are_archived_side_by_side() {
    let twice = r#"
[[operation]]
type = "drop_table"
table = "a"

[[operation]]
type = "create_table"
table = "a"
columns = [{ name = "id", type = "bigint", primary_key = true }]

[[operation]]
type = "drop_table"
table = "a"
"#;
    exact_on(&RENAMED, &Dialect::ALL, twice);
    let said = told(&RENAMED, Postgres, twice);
    assert!(
        said.contains("a_archive_20261121t201400z\n") && said.contains("a_archive_20261121t201400z_2"),
        "{said}"
    );
}

const TOUCHED: Base = Base {
    sqlite: "CREATE TABLE others (id integer PRIMARY KEY);
INSERT INTO others VALUES (1), (2);
CREATE TABLE log (id integer, what text);
CREATE TABLE t (id integer PRIMARY KEY, name text, other integer REFERENCES others (id) DEFERRABLE INITIALLY DEFERRED, updated_at text NOT NULL);
INSERT INTO t VALUES (1, 'a', 1, 'then'), (2, NULL, 2, 'then'), (3, 'c', NULL, 'then'), (7, NULL, 1, 'then');
CREATE TRIGGER z_new AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id, 'new'); END;
CREATE TRIGGER touch AFTER UPDATE ON t BEGIN UPDATE t SET updated_at = random() WHERE id = new.id; END;
CREATE TRIGGER gone AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.id, 'gone;'); END;
CREATE TRIGGER noted AFTER UPDATE OF name, other ON t BEGIN INSERT INTO log VALUES (new.id, 'was ' || old.name); END;
",
    down_sqlite: "DROP TABLE t;\nDROP TABLE log;\nDROP TABLE others;\n",
    postgres: "CREATE TABLE others (id bigint PRIMARY KEY);
INSERT INTO others VALUES (1), (2);
CREATE TABLE log (id bigint, what text);
CREATE TABLE t (id bigint PRIMARY KEY, name text, other bigint REFERENCES others (id) DEFERRABLE INITIALLY DEFERRED, updated_at text NOT NULL);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := random(); RETURN NEW; END $$;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.id, 'was ' || OLD.name); RETURN NULL; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER noted AFTER UPDATE OF name, other ON t FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER never AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE t ENABLE ALWAYS TRIGGER noted;
ALTER TABLE t DISABLE TRIGGER never;
INSERT INTO t VALUES (1, 'a', 1, 'then'), (2, NULL, 2, 'then'), (3, 'c', NULL, 'then'), (7, NULL, 1, 'then');
",
    down_postgres: "DROP TABLE t;\nDROP FUNCTION touch;\nDROP FUNCTION note;\nDROP TABLE log;\nDROP TABLE others;\n",
};

#[test]
fn with_triggers_off_what_is_filled_changes_nothing_else() {
    exact_on(
        &TOUCHED,
        &Dialect::ALL,
        r#"
[[operation]]
type = "add_column"
table = "t"
column = { name = "note", type = "text" }
fill = "'number ' || id"
size = 2
triggers = "off"

[[operation]]
type = "fill"
table = "t"
column = "other"
value = "2"
where = "other = 1"
size = 2
triggers = "off"

[[operation]]
type = "alter_column"
table = "t"
column = "name"
not_null = true
fill = "'nobody'"
size = 2
triggers = "off"
"#,
    );
}

#[test]
fn a_trigger_that_fires_is_named_with_the_field_that_keeps_it_from_that() {
    for engine in Dialect::ALL {
        let said = told(
            &TOUCHED,
            engine,
            "[[operation]]\ntype = \"add_column\"\ntable = \"t\"\ncolumn = { name = \"note\", type = \"text\" }\nfill = \"'x'\"\n",
        );
        let engine = engine.as_str();
        assert_eq!(
            said,
            format!(
                "V0002 on {engine}: the trigger touch on t fires for every row that is filled; with triggers = \"off\" it does not"
            )
        );
    }
}

/// Nobody says a name, as in nearly every schema of SQLite.
const NAMELESS: Base = on_both(
    "CREATE TABLE p (a bigint, b bigint, n integer CHECK (n > 0), m integer, PRIMARY KEY (a, b), CHECK (n < 100), UNIQUE (a, n), CHECK (n < m), CHECK (m > n - 1));
CREATE TABLE c (id integer UNIQUE, a bigint, b bigint, other integer REFERENCES c (id) ON DELETE CASCADE, FOREIGN KEY (a, b) REFERENCES p (a, b));
INSERT INTO p VALUES (1, 1, 5, 6), (1, 2, 6, 7);
INSERT INTO c VALUES (1, 1, 1, NULL), (2, 1, 2, 1), (3, NULL, 2, 2);
",
    "DROP TABLE c;\nDROP TABLE p;\n",
);

#[test]
fn constraints_without_names_are_dropped_by_those_that_postgresql_chooses() {
    let drop = |table: &str, name: &str| {
        format!("[[operation]]\ntype = \"drop_constraint\"\ntable = \"{table}\"\nname = \"{name}\"\n")
    };
    let all = [
        drop("c", "c_a_b_fkey"),
        drop("c", "c_other_fkey"),
        drop("c", "c_id_key"),
        drop("p", "p_pkey"),
        drop("p", "p_a_n_key"),
        drop("p", "p_check1"),
        drop("p", "p_n_check"),
    ];
    exact_on(&NAMELESS, &Dialect::ALL, &all.concat());
    let said = told(&NAMELESS, Sqlite, &drop("p", "p_n_check1"));
    assert!(
        said.contains("p_n_check1 is the name that PostgreSQL would have given to CHECK (n < 100) of p"),
        "{said}"
    );
    let error = sealed(&NAMELESS, &[Sqlite], &drop("p", "nothing")).1.map(|s| s.notices).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("p_check (CHECK (n < m)), p_check1 (CHECK (m > n - 1))"), "{error}");
}

const POLICED: Base = on_postgres(
    "CREATE TABLE t (id bigint PRIMARY KEY, tenant integer NOT NULL, a text, b text);
INSERT INTO t VALUES (1, 1, 'a', 'b'), (2, 2, NULL, 'c'), (3, 2, 'd', 'e');
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON t USING (tenant = current_setting('app.tenant', true)::integer);
",
    "DROP TABLE t;\n",
);

#[test]
fn policies_hide_no_row_from_what_is_kept_and_filled() {
    let all = [
        "type = \"drop_column\"\ntable = \"t\"\ncolumn = \"a\"\n",
        "type = \"fill\"\ntable = \"t\"\ncolumn = \"a\"\nvalue = \"'x'\"\n",
        "type = \"alter_column\"\ntable = \"t\"\ncolumn = \"a\"\nnot_null = true\nfill = \"'x'\"\n",
        "type = \"add_column\"\ntable = \"t\"\ncolumn = { name = \"n\", type = \"text\" }\nfill = \"b\"\n",
    ];
    let owner = format!("policed_{}", std::process::id());
    for fields in all {
        let toml = format!("[[operation]]\n{fields}");
        exact_on(&POLICED, &[Postgres], &toml);
        // The owner, who sees no row as long as no tenant is set.
        let (world, sealing) = sealed(&POLICED, &[Postgres], &toml);
        let copy = World::new(Postgres);
        for file in
            ["V0001__base/up.postgres.sql", "V0001__base/down.postgres.sql", "V0002__change/migration.toml"]
        {
            copy.file(file, std::fs::read(world.path().join(file)).unwrap());
        }
        for (path, text) in &sealing.unwrap().files {
            copy.file(path, text);
        }
        copy.sql(&format!(
            "DO $$ BEGIN CREATE ROLE {owner}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT ALL ON SCHEMA public TO {owner};
DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I SET role = {owner}', session_user, current_database()); END $$;
"
        ));
        copy.connect().up(Target::Version(1)).unwrap();
        let error = copy.try_up().unwrap_err().to_string();
        assert!(error.contains("row-level security policy"), "{error}");
        assert_eq!(copy.applied(), [1]);
        copy.sql(&format!("DO $$ BEGIN SET LOCAL ROLE NONE; ALTER ROLE {owner} BYPASSRLS; END $$;\n"));
        copy.up();
        copy.sql(&format!("DO $$ BEGIN SET LOCAL ROLE NONE; ALTER ROLE {owner} NOBYPASSRLS; END $$;\n"));
        let error = copy.try_down(Target::Version(1)).map(|_| ());
        if fields.contains("add_column") {
            continue;
        }
        let error = error.unwrap_err().to_string();
        assert!(error.contains("row-level security policy"), "{error}");
    }
}
