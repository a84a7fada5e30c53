//! The format, promise by promise.

mod bad;
mod real;

use super::*;
use crate::model::*;

const MAX: i64 = i32::MAX as i64;

fn files(files: &[(&str, &str)]) -> Vec<SourceFile> {
    files.iter().map(|(path, text)| SourceFile::new(*path, text.as_bytes())).collect()
}

fn read(dialect: Dialect, list: &[(&str, &str)]) -> Result<MigrationSet> {
    parse("db", dialect, MAX, &files(list))
}

fn script(body: &Body) -> &Script {
    match body {
        Body::Sql(script) => script,
        Body::Rust(_) => panic!("Rust"),
    }
}

#[test]
fn both_layouts_are_read_side_by_side() {
    let set = read(
        Dialect::Sqlite,
        &[
            ("README.md", ""),
            ("V0003__tags/down.sql", "DROP TABLE tags;"),
            ("V0003__tags/up.postgres.sql", "CREATE TABLE tags (id uuid);"),
            ("V0003__tags/up.sqlite.sql", "CREATE TABLE tags (id BLOB);"),
            ("V1__init.sql", "CREATE TABLE a (x);"),
            ("nested/of any name/U2__more.sql", "CREATE TABLE b (x);"),
            ("nested/of any name/U2__more.down.sql", "DROP TABLE b;"),
            ("switchback.lock", ""),
        ],
    )
    .unwrap();
    let labels: Vec<_> = set.migrations.iter().map(|m| (m.label(), m.path.clone())).collect();
    insta::assert_debug_snapshot!(labels);
    assert!(matches!(set.migrations[0].down, WayDown::Missing));
    assert!(matches!(set.migrations[1].down, WayDown::Body(_)));
    assert_eq!(script(&set.migrations[2].up).file, "V0003__tags/up.sqlite.sql");
    assert_eq!(script(&set.migrations[2].up).steps[0].statements[0].what, "create table tags");
}

#[test]
fn seal_reads_what_is_not_sealed_yet() {
    let toml = "[[operation]]\ntype = 'sql'\nup = 'SELECT 1'\ndown = ''";
    let half = [("V1__a/migration.toml", toml), ("V1__a/up.postgres.sql", "SELECT 1")];
    let whole = [&half[..], &[("V1__a/down.postgres.sql", "SELECT 1")]].concat();
    for (list, dialect, sealed) in [
        (&half[..], Dialect::Sqlite, false),
        (&half[..], Dialect::Postgres, false),
        (&whole[..], Dialect::Sqlite, false),
        (&whole[..], Dialect::Postgres, true),
    ] {
        let set = parse_unsealed("db", dialect, MAX, &files(list)).unwrap();
        assert_eq!(set.migrations[0].sealed, sealed, "{list:?} {dialect:?}");
        assert_eq!(set.migrations[0].settings.operations.len(), 1);
        assert!(matches!(set.migrations[0].down, WayDown::Body(_)));
        assert_eq!(read(dialect, list).is_ok(), sealed);
    }
}

#[test]
fn what_prepares_the_transaction_of_a_batch_needs_no_range() {
    let batch = |statement: &str| {
        format!(
            "-- switchback: step a batch table=t key=id\n{statement};\nUPDATE t SET c = 1 WHERE id BETWEEN :from AND :upto;\n"
        )
    };
    let fits = |dialect, statement: &str| read(dialect, &[("V1__a.sql", &batch(statement))]).is_ok();
    for statement in [
        "SET LOCAL work_mem = '64MB'",
        "SET CONSTRAINTS ALL IMMEDIATE",
        "ALTER TABLE \"s\".\"t\" DISABLE TRIGGER \"a\", DISABLE TRIGGER \"b\"",
        "ALTER TABLE ONLY t ENABLE ALWAYS TRIGGER a",
        "DROP TRIGGER a ON t",
    ] {
        assert!(fits(Dialect::Postgres, statement), "{statement}");
    }
    assert!(fits(Dialect::Sqlite, "DROP TRIGGER a"));
    assert!(fits(Dialect::Sqlite, "CREATE TRIGGER a AFTER UPDATE ON t BEGIN SELECT 1; END"));
    for statement in ["SET work_mem = '64MB'", "ALTER TABLE t DROP COLUMN a", "DELETE FROM t"] {
        assert!(!fits(Dialect::Postgres, statement), "{statement}");
    }
}

#[test]
fn steps_have_names_modes_and_spans_that_join_to_the_file() {
    let text = "-- Why.\n\n-- switchback: lock_timeout 1min\n-- switchback: step add\nALTER TABLE t ADD c text;\n\
                -- switchback: step fill batch table=t key=id size=7 lock_timeout=500ms\n\
                UPDATE t SET c = 1 WHERE id BETWEEN :from AND :upto;\n\
                -- switchback: step index no-transaction\nCREATE INDEX CONCURRENTLY i ON t (c);\n";
    let set = read(Dialect::Postgres, &[("V1__a.sql", text)]).unwrap();
    let script = script(&set.migrations[0].up);
    let joined: String = script.steps.iter().map(|s| &text[s.span.clone()]).collect();
    assert_eq!(joined, text);
    insta::assert_debug_snapshot!(script.steps);
}
