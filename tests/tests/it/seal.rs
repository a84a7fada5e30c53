//! `seal`: operations become SQL, proofs become a lock file, and what was sealed is noticed when it changes.

use crate::support::{World, on_both};
use std::fs;
use switchback::plan::lock::{Fault, LockFile};
use switchback::seal::{self, SealOptions, Sealing};
use switchback::{Dialect, Direction, Source, Target};
use time::macros::datetime;

const CREATE: &str = "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, email text NOT NULL, name text);\n";
const INDEX: &str = r#"
description = "People are looked up by their address."

[[operation]]
type = "add_index"
table = "users"
columns = ["email"]
unique = true
"#;

/// How these tests seal: on the engines of the workspace's own server.
fn options() -> SealOptions {
    SealOptions {
        scratch: switchback_tests::scratch_options(),
        at: Some(datetime!(2026-11-21 20:14:00 UTC)),
        ..SealOptions::default()
    }
}

fn seal(world: &World) -> Sealing {
    let sealing = seal::seal(&Source::Directory(world.path()), &options()).unwrap();
    let failures: Vec<_> =
        sealing.failures().map(|(on, m)| (on.engine, m.version, m.reasons.clone())).collect();
    assert_eq!(failures, []);
    for (path, text) in &sealing.files {
        world.file(path, text);
    }
    sealing
}

fn problems(world: &World) -> Vec<(Fault, i64, String)> {
    let found = seal::check(&Source::Directory(world.path()), &options()).unwrap();
    found.into_iter().map(|p| (p.fault, p.version, p.what)).collect()
}

fn lock(world: &World) -> LockFile {
    let text = fs::read_to_string(world.path().join("switchback.lock")).unwrap();
    LockFile::parse("switchback.lock", &text).unwrap()
}

fn users(dialect: Dialect) -> World {
    let world = World::new(dialect);
    world.migration("V0001__users", CREATE, "DROP TABLE users;\n");
    world.file("V0002__email_index/migration.toml", INDEX);
    world
}

#[test]
fn operations_become_committed_sql_for_both_engines() {
    let world = users(Dialect::Sqlite);
    let sealing = seal(&world);
    let written: Vec<&str> = sealing.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        written,
        [
            "V0002__email_index/up.sqlite.sql",
            "V0002__email_index/down.sqlite.sql",
            "V0002__email_index/up.postgres.sql",
            "V0002__email_index/down.postgres.sql",
            "switchback.lock"
        ]
    );
    assert_eq!(problems(&world), []);
    let lock = lock(&world);
    assert_eq!(lock.migrations.len(), 2);
    for locked in &lock.migrations {
        for dialect in Dialect::ALL {
            assert_eq!(locked.on(dialect).unwrap().verdict, "exact", "{locked:?}");
        }
    }
}

#[test]
fn what_is_sealed_runs_up_and_down_on_both_engines() {
    for dialect in Dialect::ALL {
        let world = users(dialect);
        seal(&world);
        assert_eq!(world.up().migrations.len(), 2);
        assert_eq!(world.problems(), Vec::<String>::new());
        world.down(Target::Version(0));
        assert!(!world.has_table("users"));
    }
}

#[test]
fn sealing_twice_writes_nothing_the_second_time() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    let again = seal(&world);
    assert_eq!((again.files.len(), again.kept), (0, 2));
}

#[test]
fn a_migration_more_leaves_the_blocks_of_the_others_as_they_are() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    let before = fs::read_to_string(world.path().join("switchback.lock")).unwrap();
    world.migration("V0003__tags", "CREATE TABLE tags (id bigint PRIMARY KEY);\n", "DROP TABLE tags;\n");
    assert_eq!(problems(&world), [(Fault::Unsealed, 3, String::new())]);
    let sealing = seal(&world);
    assert_eq!(sealing.kept, 2);
    let after = fs::read_to_string(world.path().join("switchback.lock")).unwrap();
    assert!(after.starts_with(&before), "{after}");
}

#[test]
fn an_edit_after_sealing_is_named_and_sealing_again_resolves_it() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    world.file("V0001__users/down.sql", "DROP TABLE users; -- edited\n");
    assert_eq!(problems(&world), [(Fault::Edited, 1, "down.sql".to_owned())]);
    let sealing = seal(&world);
    // Everything behind it is proven anew, but nothing is compiled again.
    assert_eq!((sealing.kept, sealing.files.len()), (0, 1));
    assert_eq!(problems(&world), []);
}

#[test]
fn compiled_sql_that_was_edited_is_never_overwritten() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    let path = "V0002__email_index/up.sqlite.sql";
    let edited = fs::read_to_string(world.path().join(path)).unwrap() + "-- mine\n";
    world.file(path, &edited);
    assert_eq!(problems(&world), [(Fault::Edited, 2, "up.sqlite.sql".to_owned())]);
    let refused = seal::seal(&Source::Directory(world.path()), &options()).unwrap_err();
    insta::assert_snapshot!(refused);
    // Deleted, it is compiled again.
    world.remove(path);
    seal(&world);
    assert_eq!(problems(&world), []);
}

#[test]
fn sql_beside_operations_that_were_not_compiled_into_it_is_refused() {
    let world = users(Dialect::Sqlite);
    world.file("V0002__email_index/up.sql", "CREATE INDEX i ON users (email);\n");
    world.file("V0002__email_index/down.sql", "DROP INDEX i;\n");
    let refused = seal::seal(&Source::Directory(world.path()), &options()).unwrap_err();
    insta::assert_snapshot!(refused);
}

#[test]
fn changed_operations_are_compiled_again() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    world.file("V0002__email_index/migration.toml", INDEX.replace("unique = true", "unique = false"));
    let sealing = seal(&world);
    // What is compiled to the same text as before is not written.
    let written: Vec<&str> = sealing.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        written,
        ["V0002__email_index/up.sqlite.sql", "V0002__email_index/up.postgres.sql", "switchback.lock"]
    );
    let text = fs::read_to_string(world.path().join("V0002__email_index/up.sqlite.sql")).unwrap();
    assert!(!text.contains("UNIQUE"), "{text}");
}

#[test]
fn a_migration_that_vanished_is_named() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    world.remove("V0002__email_index");
    assert_eq!(problems(&world), [(Fault::Vanished, 2, String::new())]);
    seal(&world);
    assert_eq!(lock(&world).migrations.len(), 1);
}

#[test]
fn a_schema_that_is_not_the_sealed_one_is_stale() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    let path = world.path().join("switchback.lock");
    let mut lock = lock(&world);
    for locked in &mut lock.migrations {
        locked.sqlite.as_mut().unwrap().structure = "sha256:other".to_owned();
    }
    fs::write(path, lock.render().unwrap()).unwrap();
    assert_eq!(problems(&world), [(Fault::Stale, 1, "structure on sqlite".to_owned())]);
}

#[test]
fn operations_that_do_not_fit_the_schema_are_refused_at_their_place() {
    let world = users(Dialect::Sqlite);
    world.file("V0002__email_index/migration.toml", INDEX.replace("\"email\"", "\"mail\""));
    let refused = seal::seal(&Source::Directory(world.path()), &options()).unwrap_err();
    insta::assert_snapshot!(refused);
}

#[test]
fn a_directory_for_one_engine_is_sealed_for_that_one() {
    let world = World::new(Dialect::Sqlite);
    world.file("V0001__a/up.sqlite.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;\n");
    world.file("V0001__a/down.sqlite.sql", "DROP TABLE a;\n");
    let sealing = seal(&world);
    assert_eq!(sealing.engines, [Dialect::Sqlite]);
    assert!(lock(&world).migrations[0].postgres.is_none());
}

#[test]
fn an_engine_that_is_sealed_later_gets_its_sql_and_leaves_the_others_as_it_is() {
    let world = users(Dialect::Sqlite);
    let on = |dialect| {
        let options = SealOptions { engines: Some(vec![dialect]), ..options() };
        let sealing = seal::seal(&Source::Directory(world.path()), &options).unwrap();
        for (path, text) in &sealing.files {
            world.file(path, text);
        }
        sealing.files.into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    let written = on(Dialect::Sqlite);
    assert_eq!(
        written,
        ["V0002__email_index/up.sqlite.sql", "V0002__email_index/down.sqlite.sql", "switchback.lock"]
    );
    // By itself, `seal --check` asks for what was sealed before.
    assert_eq!(problems(&world), []);
    let written = on(Dialect::Postgres);
    assert_eq!(
        written,
        ["V0002__email_index/up.postgres.sql", "V0002__email_index/down.postgres.sql", "switchback.lock"]
    );
    assert_eq!(seal(&world).kept, 2);
}

#[test]
fn an_irreversible_migration_of_operations_is_compiled_without_a_way_down() {
    let world = users(Dialect::Sqlite);
    world.file("V0002__email_index/migration.toml", format!("irreversible = \"on purpose\"\n{INDEX}"));
    let sealing = seal(&world);
    assert!(sealing.files.iter().all(|(path, _)| !path.contains("down")), "{:?}", sealing.files);
    assert_eq!(lock(&world).migrations[1].sqlite.as_ref().unwrap().verdict, "irreversible");
    assert_eq!(seal(&world).kept, 2);
    world.up();
}

#[test]
fn an_engine_that_has_not_seen_a_change_of_the_operations_is_compiled_again() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    world.file("V0002__email_index/migration.toml", INDEX.replace("unique = true", "unique = false"));
    let options = SealOptions { engines: Some(vec![Dialect::Sqlite]), ..options() };
    for (path, text) in seal::seal(&Source::Directory(world.path()), &options).unwrap().files {
        world.file(&path, text);
    }
    seal(&world);
    let text = fs::read_to_string(world.path().join("V0002__email_index/up.postgres.sql")).unwrap();
    assert!(!text.contains("UNIQUE"), "{text}");
    assert_eq!(problems(&world), []);
}

#[test]
fn two_migrations_of_one_number_are_named() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    world.file("V0002__other/migration.toml", INDEX);
    let refused = seal::check(&Source::Directory(world.path()), &options()).unwrap_err();
    assert!(refused.to_string().contains("version 2 occurs twice"), "{refused}");
    let refused = seal::seal(&Source::Directory(world.path()), &options()).unwrap_err();
    assert!(refused.to_string().contains("version 2 occurs twice"), "{refused}");
}

#[test]
fn an_edit_after_sealing_is_a_problem_that_status_names() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    world.up();
    assert_eq!(world.problems(), Vec::<String>::new());
    world.migration("V0003__tags", "CREATE TABLE tags (id bigint PRIMARY KEY);\n", "DROP TABLE tags;\n");
    seal(&world);
    world.file("V0003__tags/up.sql", "CREATE TABLE tags (id bigint PRIMARY KEY, hacked text);\n");
    assert_eq!(world.problems(), ["edited"]);
}

#[test]
fn what_is_not_sealed_is_refused_only_where_it_would_run() {
    on_both(|world| {
        world.migration("V0001__users", CREATE, "DROP TABLE users;\n");
        world.migration("V0002__tags", "CREATE TABLE tags (id bigint PRIMARY KEY);\n", "DROP TABLE tags;\n");
        world.file("V0003__email_index/migration.toml", INDEX);
        let refused = world.try_up().unwrap_err();
        assert!(refused.to_string().contains("V3__email_index is not sealed"), "{refused}");
        assert_eq!(world.applied(), Vec::<i64>::new());
        world.connect().up(Target::Version(2)).unwrap();
        let status = world.connect().status().unwrap();
        assert_eq!(status.pending.iter().map(|p| p.version).collect::<Vec<_>>(), [3]);
        assert_eq!(
            status.problems.iter().map(|p| (p.kind, p.version)).collect::<Vec<_>>(),
            [("unsealed", 3)]
        );
        assert!(!world.connect().log(None).unwrap().is_empty());
        world.connect().check().unwrap();
        let source = Source::Directory(world.path());
        assert!(!world.connect().drift_report(&source, &options().scratch).unwrap().drifted);
        assert_eq!(world.connect().plan(Direction::Down, Target::Steps(1)).unwrap().migrations.len(), 1);
        assert!(world.connect().plan(Direction::Up, Target::Version(2)).unwrap().migrations.is_empty());
        assert!(world.connect().plan(Direction::Up, Target::Latest).is_err());
        world.down(Target::Steps(1));
        assert_eq!(world.applied(), [1]);
        assert!(world.connect().up(Target::Steps(2)).is_err());
        world.connect().up(Target::Steps(1)).unwrap();
        assert_eq!(world.applied(), [1, 2]);
    });
}

#[test]
fn an_applied_migration_whose_compiled_sql_is_gone_goes_down_by_the_stored_one() {
    on_both(|world| {
        world.migration("V0001__users", CREATE, "DROP TABLE users;\n");
        world.file("V0002__email_index/migration.toml", INDEX);
        seal(&world);
        world.up();
        for side in ["up", "down"] {
            world.remove(&format!("V0002__email_index/{side}.{}.sql", world.dialect().as_str()));
        }
        assert_eq!(world.problems(), ["vanished"]);
        world.down(Target::Steps(1));
        assert_eq!(world.applied(), [1]);
        assert_eq!(world.problems(), ["unsealed"]);
    });
}

const DROP: &str = r#"
[[operation]]
type = "drop_column"
table = "users"
column = "name"
"#;

/// A sealed set whose last migration is compiled against the table that the first one makes.
fn with_a_rebuild() -> World {
    let world = users(Dialect::Sqlite);
    world.file("V0004__drop_name/migration.toml", DROP);
    seal(&world);
    world
}

#[test]
fn what_was_compiled_against_another_schema_is_compiled_anew() {
    let world = with_a_rebuild();
    let index = fs::read_to_string(world.path().join("V0002__email_index/up.sqlite.sql")).unwrap();
    // Another column in the first, and a migration that another branch put before the last.
    world.file("V0001__users/up.sql", CREATE.replace("name text", "name text, age bigint DEFAULT 3"));
    world.migration("V0003__name_index", "CREATE INDEX names ON users (name, id);\n", "DROP INDEX names;\n");
    let sealing = seal(&world);
    let names: Vec<&str> = sealing.files.iter().map(|(path, _)| path.as_str()).collect();
    assert!(names.contains(&"V0004__drop_name/down.sqlite.sql"), "{names:?}");
    assert!(names.contains(&"V0004__drop_name/down.postgres.sql"), "{names:?}");
    // To the same text: not written, and still what it was.
    assert!(!names.iter().any(|name| name.starts_with("V0002")), "{names:?}");
    assert!(!sealing.notices.iter().any(|n| n.starts_with("V0002")), "{:?}", sealing.notices);
    assert_eq!(index, fs::read_to_string(world.path().join("V0002__email_index/up.sqlite.sql")).unwrap());
    assert!(
        sealing.notices.iter().any(|n| n.starts_with("V0004 on sqlite: compiled anew")),
        "{:?}",
        sealing.notices
    );
    assert_eq!(problems(&world), []);
    assert_eq!(seal(&world).files.len(), 0);
}

#[test]
fn what_was_compiled_against_the_same_schema_stays_as_it_is() {
    let world = with_a_rebuild();
    // What an older version compiled is otherwise written; nothing asks for it to be compiled anew.
    let path = "V0004__drop_name/up.sqlite.sql";
    let older =
        fs::read_to_string(world.path().join(path)).unwrap().replacen("switchback 0", "switchback 00", 1);
    world.file(path, &older);
    let lock = fs::read_to_string(world.path().join("switchback.lock")).unwrap();
    let digest = |text: &str| switchback::plan::digest::of_text(text);
    let newer = older.replacen("switchback 00", "switchback 0", 1);
    world.file("switchback.lock", lock.replace(&digest(&newer), &digest(&older)));
    world.file("V0001__users/down.sql", "DROP TABLE users; -- edited\n");
    assert_eq!(seal(&world).files.len(), 1);
    assert_eq!(fs::read_to_string(world.path().join(path)).unwrap(), older);
}

#[test]
fn compiled_sql_that_was_edited_is_named_where_what_lies_before_it_changed() {
    let world = with_a_rebuild();
    let path = "V0004__drop_name/down.sqlite.sql";
    let edited = fs::read_to_string(world.path().join(path)).unwrap() + "-- mine\n";
    world.file(path, &edited);
    world.file("V0001__users/up.sql", CREATE.replace("name text", "name text, age bigint DEFAULT 3"));
    let refused = seal::seal(&Source::Directory(world.path()), &options()).unwrap_err();
    insta::assert_snapshot!(refused);
}

#[test]
fn sealing_on_another_major_adds_its_texts_and_changes_nothing_else() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    let whole = fs::read_to_string(world.path().join("switchback.lock")).unwrap();
    // As it was sealed on a server of another major version.
    let mut elsewhere = lock(&world);
    for locked in &mut elsewhere.migrations {
        let postgres = locked.postgres.as_mut().unwrap();
        postgres.texts = std::iter::once(("99".to_owned(), "sha256:1".to_owned())).collect();
    }
    world.file("switchback.lock", elsewhere.render().unwrap());
    assert_eq!(problems(&world), []);
    let sealing = seal(&world);
    assert_eq!(sealing.files.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["switchback.lock"]);
    assert_eq!((sealing.proofs.len(), sealing.kept), (0, 2));
    let mut both = lock(&world);
    for locked in &mut both.migrations {
        let texts = &mut locked.postgres.as_mut().unwrap().texts;
        assert_eq!(texts.remove("99").as_deref(), Some("sha256:1"));
        assert_eq!(texts.len(), 1);
    }
    assert_eq!(both.render().unwrap(), whole);
    assert_eq!(seal(&world).files.len(), 0);
}

#[test]
fn a_set_that_makes_a_role_is_sealed_on_a_server_of_its_own() {
    let world = World::new(Dialect::Postgres);
    world.file("V0001__role/up.postgres.sql", format!("CREATE ROLE sealed_app;\n{CREATE}"));
    world.file("V0001__role/down.postgres.sql", "DROP TABLE users;\nDROP ROLE sealed_app;\n");
    world.file("V0002__email_index/migration.toml", INDEX);
    let options = SealOptions {
        engines: Some(vec![Dialect::Postgres]),
        scratch: switchback::scratch::Options::default(),
        ..options()
    };
    let sealing = seal::seal(&Source::Directory(world.path()), &options).unwrap();
    assert_eq!(sealing.failures().count(), 0, "{:?}", sealing.proofs);
    // On a given server it meets the role that another throwaway database was given.
    let given = switchback::scratch::testing::cluster(&switchback::scratch::PgOptions::default()).unwrap();
    let on_given =
        switchback::scratch::Options { scratch_url: Some(given.url("postgres")), ..options.scratch.clone() };
    let refused = seal::seal(&Source::Directory(world.path()), &SealOptions { scratch: on_given, ..options });
    let told = match refused {
        Err(e) => e.to_string(),
        Ok(sealing) => format!("{:?}", sealing.proofs),
    };
    assert!(told.contains("already exists") && told.contains("[scratch] roles"), "{told}");
}

#[test]
fn what_is_compiled_to_the_same_text_is_not_written() {
    let world = users(Dialect::Sqlite);
    seal(&world);
    let mut lock = lock(&world);
    lock.migrations.retain(|m| m.version == 1);
    world.file("switchback.lock", lock.render().unwrap());
    let sealing = seal(&world);
    let written: Vec<&str> = sealing.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(written, ["switchback.lock"]);
}
