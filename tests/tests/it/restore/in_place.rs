//! Into the same database of PostgreSQL, in one transaction.

use super::three;
use crate::backup::Ground;
use std::fs;
use switchback::backup::{self, Reason};
use switchback::plan::Dialect;
use switchback::restore::{Before, How};
use switchback::{ErrorKind, Migrator, Options, Target};

/// Objects of every kind, changed in every way since; judged by `pg_dump`, where there is one.
fn in_place_it_is_the_same_database(without_pg_dump: bool) {
    let ground = Ground::new(Dialect::Postgres);
    ground.connect().up(Target::Latest).unwrap();
    crate::backup::run_file(ground.url(), "fixtures/export.sql");
    let options = Options { without_pg_dump, ..Options::default() };
    let mut connected = Migrator::new(ground.set.source()).options(options).connect(ground.url()).unwrap();
    let made = backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap();
    drop(connected);
    let dumped = || switchback_tests::pg_dump(ground.url(), &[]);
    let before = dumped();
    for sql in [
        "DROP TABLE pets CASCADE",
        "ALTER TABLE people ADD COLUMN later integer DEFAULT 7",
        "CREATE TABLE later (id serial PRIMARY KEY)",
        "CREATE TYPE later_mood AS ENUM ('new')",
        "CREATE FUNCTION later_function() RETURNS later_mood LANGUAGE sql AS 'SELECT NULL::later_mood'",
        "CREATE SCHEMA later_schema",
        "CREATE TABLE later_schema.more (how later_mood, whose bigint REFERENCES people)",
        "DROP SCHEMA \"Über uns\" CASCADE",
        "DELETE FROM users",
    ] {
        ground.sql(sql);
    }
    let how = How { in_place: true, ..ground.how() };
    let restored = ground.restore(&made.path, &how).unwrap();
    assert_eq!(restored.way, "in_place");
    assert_eq!(ground.names(), three());
    ground.sql("DELETE FROM switchback_journal WHERE event = 'restored'");
    assert!(before == dumped(), "{:?}", first_difference(before.as_deref(), dumped().as_deref()));
    // The state before can be gone back to as well.
    let Before::Backup(path) = restored.before else { panic!("nothing was kept") };
    ground.restore(&path, &how).unwrap();
    assert_eq!(ground.names(), Vec::<Option<String>>::new());
    assert_eq!(
        ground.connect().transaction(|ctx| ctx.query("SELECT 1 FROM later_schema.more", &[])).unwrap().len(),
        0
    );
}

fn first_difference(was: Option<&str>, is: Option<&str>) -> Option<(String, String)> {
    let mut lines = was?.lines().zip(is?.lines()).filter(|(was, is)| was != is);
    lines.next().map(|(was, is)| (was.to_owned(), is.to_owned()))
}

#[test]
fn in_place_it_is_the_same_database_by_pg_dump() {
    in_place_it_is_the_same_database(false);
}

#[test]
fn in_place_it_is_the_same_database_by_our_own_export() {
    in_place_it_is_the_same_database(true);
}

/// The last file that is read breaks off: all that was emptied and loaded before is rolled back.
fn half_a_restore_in_place_changes_nothing(without_pg_dump: bool) {
    let ground = Ground::new(Dialect::Postgres);
    ground.connect().up(Target::Latest).unwrap();
    let options = Options { without_pg_dump, ..Options::default() };
    let mut connected = Migrator::new(ground.set.source()).options(options).connect(ground.url()).unwrap();
    let made = backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap();
    drop(connected);
    ground.sql("DELETE FROM users WHERE name IS NULL");
    // A file of rows that says something else, and a manifest that agrees with it: nothing but the database can refuse it.
    let file = made
        .manifest
        .files
        .iter()
        .filter(|f| f.path.ends_with(".zst") && !f.path.contains("toc.dat"))
        .max_by_key(|f| f.bytes)
        .unwrap();
    let path = made.path.join(&file.path);
    let rows = zstd::decode_all(fs::File::open(&path).unwrap()).unwrap();
    fs::write(&path, zstd::encode_all(&rows[..rows.len() / 2], 1).unwrap()).unwrap();
    let manifest = made.path.join(backup::FILE);
    let text = fs::read_to_string(&manifest).unwrap();
    let now = crate::backup::sha256(&path);
    let bytes = fs::metadata(&path).unwrap().len();
    let text = text
        .replace(&file.sha256, &now)
        .replace(&format!("\"bytes\": {}", file.bytes), &format!("\"bytes\": {bytes}"));
    fs::write(&manifest, text).unwrap();
    for in_place in [true, false] {
        let how = How { in_place, ..ground.how() };
        let e = ground.restore(&made.path, &how).unwrap_err();
        assert!(matches!(e.kind(), ErrorKind::Database | ErrorKind::Backup), "{e}");
        assert_eq!(ground.names(), [Some("Ada".to_owned()), Some("Zoë".to_owned())], "{e}");
        assert_eq!(ground.connect().status().unwrap().problems.len(), 0);
    }
}

#[test]
fn half_a_restore_in_place_changes_nothing_by_pg_dump() {
    half_a_restore_in_place_changes_nothing(false);
}

#[test]
fn half_a_restore_in_place_changes_nothing_by_our_own_export() {
    half_a_restore_in_place_changes_nothing(true);
}
