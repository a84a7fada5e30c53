//! What a search with odd schemas found, each on the engine that it was found on.

use super::odd::{drop_column, on_postgres, on_sqlite, refusal};
use super::{Base, exact_on, sealed};
use crate::prove::{Set, said};
use switchback::Dialect::{Postgres, Sqlite};
use switchback::prove::Verdict;

const DOMAIN: Base = on_postgres(
    "CREATE DOMAIN word AS text COLLATE \"C\" NOT NULL CHECK (VALUE <> '');
CREATE DOMAIN name AS word DEFAULT 'none';
CREATE TABLE t (id bigint PRIMARY KEY, a integer, w word, n \"name\" DEFAULT 'some', words word[]);
INSERT INTO t VALUES (1, 1, 'a', 'b', '{c}'), (2, NULL, 'd', 'e', NULL);
CREATE INDEX by_word ON t (w);
",
    "DROP TABLE t;\nDROP DOMAIN \"name\";\nDROP DOMAIN word;\n",
);

#[test]
fn columns_of_a_domain_that_is_never_null_come_back() {
    for column in ["a", "w", "n"] {
        exact_on(&DOMAIN, &[Postgres], &drop_column("t", column));
    }
}

const ALIKE: Base = on_postgres(
    "CREATE TABLE t (id bigint PRIMARY KEY, a integer, amount integer, double integer GENERATED ALWAYS AS (amount * 2) STORED);
INSERT INTO t VALUES (1, 1, 2), (2, NULL, 3);
CREATE TABLE p (id bigint, at date, a integer) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
INSERT INTO p VALUES (1, '2021-01-01', 5), (2, '2022-01-01', NULL), (3, '2022-01-01', 6);
",
    "DROP TABLE p;\nDROP TABLE t;\n",
);

#[test]
fn a_column_whose_name_is_a_part_of_another_name_is_not_that_other_column() {
    exact_on(
        &ALIKE,
        &[Postgres],
        r#"
[[operation]]
type = "alter_column"
table = "t"
column = "a"
to = "bigint"

[[operation]]
type = "alter_column"
table = "p"
column = "a"
to = "bigint"
"#,
    );
}

const MEASURED: Base = on_postgres(
    "CREATE TABLE t (id bigint PRIMARY KEY, a varchar(9), b text);
CREATE INDEX lower_a ON t (lower(a), id, lower(b));
ALTER INDEX lower_a ALTER COLUMN 1 SET STATISTICS 300;
ALTER INDEX lower_a ALTER COLUMN 3 SET STATISTICS 0;
INSERT INTO t VALUES (1, 'a', 'b'), (2, NULL, 'c');
",
    "DROP TABLE t;\n",
);

#[test]
fn how_closely_the_server_looks_at_an_index_stays() {
    exact_on(&MEASURED, &[Postgres], &drop_column("t", "a"));
    exact_on(&MEASURED, &[Postgres], "[[operation]]\ntype = \"drop_index\"\nname = \"lower_a\"\n");
    exact_on(
        &MEASURED,
        &[Postgres],
        "[[operation]]\ntype = \"alter_column\"\ntable = \"t\"\ncolumn = \"a\"\nto = \"text\"\n",
    );
}

const HELD: Base = on_postgres(
    "CREATE TABLE t (id bigint PRIMARY KEY, a text);
CREATE TABLE old (id bigint PRIMARY KEY, was t[]);
",
    "DROP TABLE old;\nDROP TABLE t;\n",
);

#[test]
fn a_column_whose_values_another_table_holds_in_rows_is_refused() {
    let said = refusal(&HELD, Postgres, &drop_column("t", "a"));
    assert!(said.contains("old.was holds rows of t, whose values of a would be lost"), "{said}");
}

const PARTS: Base = on_postgres(
    "CREATE TABLE p (id bigint PRIMARY KEY);
INSERT INTO p VALUES (1);
CREATE TABLE t (id bigint, at date, a integer CHECK (a < 1000), b bigint REFERENCES p, PRIMARY KEY (id, at), UNIQUE (a, at)) PARTITION BY RANGE (at);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2030-01-01') PARTITION BY RANGE (at);
CREATE TABLE t11 PARTITION OF t1 FOR VALUES FROM ('2020-01-01') TO ('2025-01-01');
CREATE TABLE t12 PARTITION OF t1 DEFAULT;
INSERT INTO t VALUES (1, '2021-01-01', 5, 1), (2, '2027-01-01', 6, 1), (3, '2022-01-01', 7, NULL);
CREATE INDEX by_a ON t (a);
ALTER INDEX t11_a_idx RENAME TO odd;
COMMENT ON INDEX odd IS 'so';
",
    "DROP TABLE t;\nDROP TABLE p;\n",
);

#[test]
fn indexes_and_constraints_of_partitioned_tables_come_back() {
    exact_on(&PARTS, &[Postgres], "[[operation]]\ntype = \"drop_index\"\nname = \"by_a\"\n");
    for name in ["t_pkey", "t_a_at_key", "t_b_fkey", "t_a_check"] {
        let toml = format!("[[operation]]\ntype = \"drop_constraint\"\ntable = \"t\"\nname = \"{name}\"\n");
        exact_on(&PARTS, &[Postgres], &toml);
    }
}

const SPELLED: Base = on_sqlite(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, Abc text, CHECK ([aBC] <> ''), UNIQUE (abc));
CREATE INDEX i ON t (\"ABC\" DESC);
CREATE VIEW v AS SELECT abc FROM t;
INSERT INTO t VALUES (1, 'a'), (2, NULL);
",
    "DROP VIEW v;\nDROP TABLE t;\n",
);

#[test]
fn a_column_may_be_spelled_otherwise_on_sqlite() {
    let toml = "[[operation]]\ntype = \"rename_column\"\ntable = \"t\"\ncolumn = \"Abc\"\nto = \"abc\"\n";
    exact_on(&SPELLED, &[Sqlite], toml);
}

#[test]
fn values_that_another_type_does_not_hold_are_found_without_rows_of_the_authors() {
    for (engine, from, to) in [
        (Sqlite, "text", "integer"),
        (Sqlite, "text", "real"),
        (Sqlite, "text", "numeric(9,2)"),
        (Sqlite, "integer", "real"),
        (Postgres, "bigint", "real"),
        (Postgres, "double precision", "numeric(9,2)"),
        (Postgres, "inet", "cidr"),
        (Postgres, "timetz", "time"),
    ] {
        // Whatever the place of the column among the others.
        for before in 0..7 {
            let others: String = (0..before).map(|n| format!("c{n} integer, ")).collect();
            let up = format!("CREATE TABLE t (id integer PRIMARY KEY, {others}a {from});\n");
            let toml = format!(
                "[[operation]]\ntype = \"alter_column\"\ntable = \"t\"\ncolumn = \"a\"\nto = {{ sqlite = \"{to}\", postgres = \"{to}\" }}\n"
            );
            let set = Set::new();
            set.migration("V0001__t", &up, "DROP TABLE t;\n").file("V0002__a/migration.toml", &toml);
            let proof = set.last(engine);
            assert_eq!(proof.verdict, Verdict::Lossy, "{from} to {to} behind {before}: {}", said(&proof));
        }
    }
}

const KEYED: Base = on_postgres(
    "CREATE TABLE t (id varchar(36) PRIMARY KEY, a text);
INSERT INTO t VALUES ('AAAAAAAA-0000-4000-8000-000000000001', 'a'), ('aaaaaaaa-0000-4000-8000-000000000002', 'b');
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON t USING (false);
",
    "DROP TABLE t;\n",
);

#[test]
fn policies_hide_no_spelling_of_a_key() {
    let toml = "[[operation]]\ntype = \"convert_key\"\ntable = \"t\"\ncolumn = \"id\"\nto = \"uuid\"\nreferences = []\non_noncanonical = \"keep\"\n";
    exact_on(&KEYED, &[Postgres], toml);
    let sealing = sealed(&KEYED, &[Postgres], toml).1.unwrap();
    for side in ["up", "down"] {
        let path = format!("V0002__change/{side}.postgres.sql");
        let (_, text) = sealing.files.iter().find(|(p, _)| *p == path).unwrap();
        assert!(text.contains("SET LOCAL row_security = off"), "{text}");
    }
}
