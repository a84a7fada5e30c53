//! Tables that refer to each other, or to themselves, with keys that may not be empty.

use super::{Set, said};
use switchback::Dialect;
use switchback::prove::Verdict;

/// All tables of the first migration get rows, and a second one over them is exact.
fn filled(dialect: Dialect, up: &str, down: &str, tables: &[&str]) {
    let set = Set::new();
    set.migration("V0001__circle", up, down);
    let columns = |change: &str, kind: &str| -> String {
        tables.iter().map(|table| format!("ALTER TABLE {table} {change} COLUMN more{kind};\n")).collect()
    };
    set.migration("V0002__more", &columns("ADD", " text"), &columns("DROP", ""));
    let proof = set.last(dialect);
    assert_eq!((proof.verdict, proof.passed), (Verdict::Exact, true), "{}", said(&proof));
    let few: Vec<_> = proof.tables.iter().filter(|t| t.rows < 3).collect();
    assert!(few.is_empty(), "{}: {few:?}", dialect.as_str());
    assert_eq!(proof.tables.len(), tables.len());
}

#[test]
fn a_circle_of_keys_that_wait_for_the_commit_gets_rows() {
    for (dialect, when) in [
        (Dialect::Sqlite, "DEFERRABLE INITIALLY DEFERRED"),
        (Dialect::Postgres, "DEFERRABLE INITIALLY DEFERRED"),
        (Dialect::Postgres, "DEFERRABLE INITIALLY IMMEDIATE"),
    ] {
        let alter = dialect == Dialect::Postgres;
        let inline = |key: &str| if alter { String::new() } else { format!(", {key} {when}") };
        let key = "FOREIGN KEY (capital) REFERENCES cities (id)";
        let mut up = format!(
            "CREATE TABLE countries (id integer PRIMARY KEY, code text NOT NULL UNIQUE CHECK (length(code) = 2), capital integer NOT NULL{});
CREATE TABLE cities (id integer PRIMARY KEY, country text NOT NULL REFERENCES countries (code) {when}, name text NOT NULL);
CREATE TABLE streets (id integer PRIMARY KEY, city integer NOT NULL REFERENCES cities (id), next integer NOT NULL REFERENCES streets (id));\n",
            inline(key)
        );
        if alter {
            up += &format!("ALTER TABLE countries ADD {key} {when};\n");
        }
        let down = match alter {
            true => {
                "DROP TABLE streets;\nALTER TABLE countries DROP CONSTRAINT countries_capital_fkey;\nDROP TABLE cities;\nDROP TABLE countries;\n"
            }
            false => {
                "DROP TABLE streets;\nDELETE FROM cities;\nDELETE FROM countries;\nDROP TABLE cities;\nDROP TABLE countries;\n"
            }
        };
        filled(dialect, &up, down, &["countries", "cities", "streets"]);
    }
}

#[test]
fn a_circle_of_keys_that_cannot_wait_gets_rows() {
    // Three in a circle, each with a key of two columns, of which one is shared with all.
    let tables = |sqlite: bool| {
        let mut up = "CREATE TABLE tenants (id integer PRIMARY KEY);\n".to_owned();
        let circle = [("a", "b"), ("b", "c"), ("c", "a")];
        for (table, to) in circle {
            let key = match sqlite {
                true => format!(", FOREIGN KEY (tenant, other) REFERENCES {to} (tenant, id)"),
                false => String::new(),
            };
            up += &format!(
                "CREATE TABLE {table} (tenant integer NOT NULL REFERENCES tenants (id), id integer NOT NULL, other integer NOT NULL, PRIMARY KEY (tenant, id){key});\n"
            );
        }
        if !sqlite {
            for (table, to) in circle {
                up += &format!(
                    "ALTER TABLE {table} ADD FOREIGN KEY (tenant, other) REFERENCES {to} (tenant, id);\n"
                );
            }
        }
        up
    };
    filled(
        Dialect::Postgres,
        &tables(false),
        "DROP TABLE a, b, c;\nDROP TABLE tenants;\n",
        &["tenants", "a", "b", "c"],
    );
    filled(
        Dialect::Sqlite,
        &tables(true),
        "PRAGMA foreign_keys = OFF;\nDROP TABLE a;\nDROP TABLE b;\nDROP TABLE c;\nDROP TABLE tenants;\n",
        &["tenants", "a", "b", "c"],
    );
}

#[test]
fn rows_that_refer_to_themselves_and_share_their_key_with_a_parent_are_found() {
    for dialect in Dialect::ALL {
        for when in ["", " DEFERRABLE INITIALLY DEFERRED"] {
            let up = format!(
                "CREATE TABLE base (id integer PRIMARY KEY);
CREATE TABLE node (id integer PRIMARY KEY REFERENCES base (id){when}, parent integer NOT NULL REFERENCES node (id){when}, twin integer NOT NULL UNIQUE REFERENCES node (id){when});\n"
            );
            filled(dialect, &up, "DROP TABLE node;\nDROP TABLE base;\n", &["base", "node"]);
        }
    }
}

#[test]
fn a_key_that_waits_and_finds_nothing_at_the_commit_refuses_its_own_rows_alone() {
    let set = Set::new();
    set.migration(
        "V0001__late",
        "CREATE TABLE never (id integer PRIMARY KEY CHECK (id < 0 AND id > 0));
CREATE TABLE late (id integer PRIMARY KEY, never integer NOT NULL REFERENCES never (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE other (id integer PRIMARY KEY);\n",
        "DROP TABLE other;\nDROP TABLE late;\nDROP TABLE never;\n",
    );
    set.migration("V0002__a", "ALTER TABLE other ADD COLUMN a text;\n", "ALTER TABLE other DROP COLUMN a;\n");
    for dialect in Dialect::ALL {
        let report = set.prove(dialect);
        let proof = &report.migrations[1];
        assert_eq!((proof.verdict, proof.passed), (Verdict::Exact, true), "{}", said(proof));
        let unfilled: Vec<&str> = report.unfilled.iter().map(|u| u.table.as_str()).collect();
        assert_eq!(unfilled, ["late", "never"], "{}", dialect.as_str());
    }
}
