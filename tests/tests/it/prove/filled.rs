//! Rows are found for the tables of varied schemas, whatever their checks ask for.

use super::{options, said};
use std::path::Path;
use switchback::prove::prove;
use switchback::{Dialect, Source};

/// Tables that can hold one row, or two.
const SMALL: [&str; 2] = ["settings", "single"];

/// Every table that can hold three rows has them, but for one in twenty.
fn filled(dialect: Dialect, at_least: usize) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/prove/schemas").join(dialect.as_str());
    let report = prove(&Source::Directory(dir), dialect, &options()).unwrap();
    let last = report.migrations.last().unwrap();
    let wrong: Vec<String> = report.migrations.iter().filter(|m| !m.passed).map(said).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let is_small = |table: &str| SMALL.contains(&table);
    let tables: Vec<_> = last.tables.iter().filter(|t| !is_small(&t.table)).collect();
    let few: Vec<String> = tables
        .iter()
        .filter(|t| t.rows < 3)
        .map(|t| {
            let refused = report.unfilled.iter().find(|u| u.table == t.table);
            format!("{} has {}: {:?}", t.table, t.rows, refused.map(|u| u.error.as_str()))
        })
        .collect();
    eprintln!("{}: {} tables, without three rows: {few:#?}", dialect.as_str(), tables.len());
    assert!(tables.len() >= at_least, "{} tables", tables.len());
    assert!((tables.len() - few.len()) * 100 >= tables.len() * 95, "of {}: {few:#?}", tables.len());
    assert!(last.tables.iter().all(|t| !is_small(&t.table) || t.rows > 0), "{:?}", last.tables);
}

#[test]
fn tables_of_varied_schemas_get_rows_on_sqlite() {
    filled(Dialect::Sqlite, 22);
}

#[test]
fn tables_of_varied_schemas_get_rows_on_postgres() {
    filled(Dialect::Postgres, 30);
}
