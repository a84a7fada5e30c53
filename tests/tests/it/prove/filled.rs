//! Rows are found for the tables of varied schemas, whatever their checks ask for.

use super::{Set, options, said};
use std::path::Path;
use switchback::prove::{Verdict, prove};
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

#[test]
fn an_up_that_refuses_all_rows_in_a_block_of_code_is_not_proven_over_none() {
    let set = Set::new();
    set.migration(
        "V0001__callers",
        "CREATE TABLE callers (id bigint PRIMARY KEY, phone text NOT NULL, calls integer NOT NULL);\n",
        "DROP TABLE callers;\n",
    );
    set.migration(
        "V0002__count",
        "DO $$BEGIN
  IF EXISTS (SELECT FROM callers WHERE phone !~ '^[+]49 [0-9]{9}') THEN RAISE EXCEPTION 'no phone'; END IF;
  UPDATE callers SET calls = calls + 1;
END$$;\n",
        "DO $$BEGIN NULL; END$$;\n",
    );
    let proof = set.last(Dialect::Postgres);
    assert_eq!((proof.verdict, proof.passed), (Verdict::Unproven, false), "{}", said(&proof));
    assert!(proof.reasons[0].starts_with("callers has no rows"), "{}", said(&proof));
}

#[test]
fn what_an_up_will_check_is_looked_for_at_once() {
    let set = Set::new();
    set.migration(
        "V0001__jobs",
        "CREATE TABLE jobs (id bigint PRIMARY KEY, attempts integer NOT NULL, state text NOT NULL);\n",
        "DROP TABLE jobs;\n",
    );
    let checked = "CHECK (attempts > 1234 AND attempts < 1240), CHECK (state IN ('up', 'down'))";
    set.file(
        "V0002__checked/up.postgres.sql",
        &format!("ALTER TABLE jobs ADD {};\n", checked.replace("), CHECK", "), ADD CHECK")),
    );
    set.file(
        "V0002__checked/up.sqlite.sql",
        &format!(
            "CREATE TABLE new (id bigint PRIMARY KEY, attempts integer NOT NULL, state text NOT NULL, {checked});
INSERT INTO new SELECT * FROM jobs;\nDROP TABLE jobs;\nALTER TABLE new RENAME TO jobs;\n"
        ),
    );
    set.file(
        "V0002__checked/down.postgres.sql",
        "ALTER TABLE jobs DROP CONSTRAINT jobs_attempts_check, DROP CONSTRAINT jobs_state_check;\n",
    );
    set.file(
        "V0002__checked/down.sqlite.sql",
        "CREATE TABLE jobs_old (id bigint PRIMARY KEY, attempts integer NOT NULL, state text NOT NULL);
INSERT INTO jobs_old SELECT * FROM jobs;\nDROP TABLE jobs;\nALTER TABLE jobs_old RENAME TO jobs;\n",
    );
    for dialect in Dialect::ALL {
        let proof = set.last(dialect);
        assert_eq!((proof.verdict, proof.passed), (Verdict::Exact, true), "{}", said(&proof));
        assert!(proof.tables[0].rows >= 3, "{:?}", proof.tables);
    }
}

#[test]
fn lengths_that_sqlite_does_not_keep_are_no_limit() {
    let set = Set::new();
    set.migration(
        "V0001__short",
        "CREATE TABLE short (id integer PRIMARY KEY, state VARCHAR(5) NOT NULL CHECK (state IN ('active', 'closed')));\n",
        "DROP TABLE short;\n",
    );
    set.migration(
        "V0002__more",
        "ALTER TABLE short ADD COLUMN a text;\n",
        "ALTER TABLE short DROP COLUMN a;\n",
    );
    let proof = set.last(Dialect::Sqlite);
    assert_eq!((proof.verdict, proof.tables[0].rows), (Verdict::Exact, 4), "{}", said(&proof));
}

#[test]
fn of_rows_that_are_refused_none_stays_behind_unseen() {
    let set = Set::new();
    set.migration(
        "V0001__flag",
        "CREATE TABLE flag (v integer UNIQUE ON CONFLICT FAIL CHECK (v = 1));
CREATE TABLE once (id integer PRIMARY KEY, v text);
CREATE TRIGGER once_only BEFORE INSERT ON once WHEN (SELECT count(*) FROM once) > 1 BEGIN
  SELECT RAISE(FAIL, 'two are enough');
END;\n",
        "DROP TABLE once;\nDROP TABLE flag;\n",
    );
    set.migration(
        "V0002__more",
        "ALTER TABLE flag ADD COLUMN a text;\nALTER TABLE once ADD COLUMN a text;\n",
        "ALTER TABLE once DROP COLUMN a;\nALTER TABLE flag DROP COLUMN a;\n",
    );
    let proof = set.last(Dialect::Sqlite);
    assert_eq!((proof.verdict, proof.passed), (Verdict::Exact, true), "{}", said(&proof));
    let rows: Vec<u64> = proof.tables.iter().map(|t| t.rows).collect();
    assert_eq!(rows, [1, 2], "{:?}", proof.tables);
}
