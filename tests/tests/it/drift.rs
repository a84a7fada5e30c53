//! Drift: a schema that somebody changed by hand is found by its fingerprint, before anything is applied.

use crate::support::{World, on_both};
use switchback::plan::schema::{Difference, Layer};
use switchback::report::DriftReport;
use switchback::seal::SealOptions;
use switchback::{Dialect, ErrorKind, Options, Repair, Source, Target};

/// A sealed directory of two migrations, of which the first is applied.
fn half_way(world: &World) {
    world.migration(
        "V0001__users",
        "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, email text NOT NULL DEFAULT 'none');\n",
        "DROP TABLE users;\n",
    );
    world.seal_with(SealOptions::default());
    world.up();
    world.migration("V0002__tags", "CREATE TABLE tags (id bigint PRIMARY KEY);\n", "DROP TABLE tags;\n");
    world.seal_with(SealOptions::default());
}

fn report(world: &World) -> DriftReport {
    let source = Source::Directory(world.path());
    world.connect().drift_report(&source, &switchback_tests::scratch_options()).unwrap()
}

fn events(world: &World) -> Vec<String> {
    world.connect().log(None).unwrap().into_iter().map(|row| row.event).collect()
}

#[test]
fn a_database_that_nobody_touched_has_not_drifted() {
    on_both(|world| {
        half_way(&world);
        assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
        let report = report(&world);
        assert!(!report.drifted, "{report:?}");
        assert_eq!(world.up().migrations.len(), 1);
        assert_eq!(world.connect().drift().unwrap(), Some((2, vec![])));
        world.down(Target::Version(1));
        assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
    });
}

#[test]
fn up_refuses_a_changed_schema_before_it_applies_anything() {
    on_both(|world| {
        half_way(&world);
        world.sql("CREATE INDEX by_hand ON users (email)");
        let refused = world.try_up().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Drift);
        insta::assert_snapshot!(format!("up_refuses_{}", world.dialect().as_str()), refused);
        assert_eq!(world.applied(), [1]);
        assert_eq!(world.problems(), ["drift"]);
        let report = report(&world);
        assert_eq!(
            report.differences.iter().map(|d| d.object.as_str()).collect::<Vec<_>>(),
            ["index by_hand"]
        );
        assert!(report.differences[0].before.is_none());
    });
}

#[test]
fn a_changed_default_is_drift_of_text() {
    let world = World::new(Dialect::Postgres);
    half_way(&world);
    world.sql("ALTER TABLE users ALTER email SET DEFAULT 'other'");
    assert_eq!(world.connect().drift().unwrap(), Some((1, vec![Layer::Text])));
    let found = report(&world).differences;
    assert_eq!(
        found,
        [Difference {
            object: "column users.email: default".to_owned(),
            before: Some("'none'::text".to_owned()),
            after: Some("'other'::text".to_owned()),
        }]
    );
}

#[test]
fn drift_that_is_allowed_is_journalled_and_does_not_become_what_is_expected() {
    on_both(|mut world| {
        half_way(&world);
        world.sql("CREATE INDEX by_hand ON users (email)");
        world.options.allow_drift = true;
        world.up();
        world.options.allow_drift = false;
        let started = world.connect().log(None).unwrap().into_iter().rfind(|r| r.event == "run_started");
        assert!(started.unwrap().detail.unwrap().ends_with("the drift of the schema allowed"));
        let (version, layers) = world.connect().drift().unwrap().unwrap();
        assert_eq!((version, layers.first()), (2, Some(&Layer::Structure)));
    });
}

#[test]
fn a_rebaseline_takes_the_schema_as_it_is_for_right() {
    on_both(|world| {
        half_way(&world);
        world.sql("CREATE INDEX by_hand ON users (email)");
        let mut connected = world.connect();
        assert_eq!(connected.repair_intent(Repair::Rebaseline).unwrap().writes.len(), 1);
        connected.repair(Repair::Rebaseline).unwrap();
        drop(connected);
        assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
        assert_eq!(events(&world).last().unwrap(), "rebaselined");
        world.up();
        // What the next migration leaves is journalled with what was taken for right.
        assert_eq!(world.connect().drift().unwrap(), Some((2, vec![])));
        let runs: Vec<_> = world.connect().log(None).unwrap().into_iter().filter_map(|r| r.detail).collect();
        assert!(runs.contains(&"1 migration, from version 1 to version 2".to_owned()), "{runs:?}");
        // Nothing is compared with anything where nothing is sealed.
        world.remove("switchback.lock");
        let refused = world.connect().repair_intent(Repair::Rebaseline).unwrap_err();
        assert!(refused.to_string().starts_with("version 2 is not sealed"), "{refused}");
        assert!(world.connect().repair(Repair::Rebaseline).is_err());
    });
}

#[test]
fn every_migration_of_a_sealed_set_journals_the_schema_that_it_left() {
    on_both(|world| {
        half_way(&world);
        world.up();
        world.down(Target::Version(1));
        let schemas = events(&world).into_iter().filter(|event| event == "schema").count();
        assert_eq!(schemas, 3);
    });
}

#[test]
fn what_is_kept_aside_is_no_drift() {
    on_both(|world| {
        half_way(&world);
        world.sql("CREATE TABLE switchback_kept_1_users_name (id bigint PRIMARY KEY, name text)");
        assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
    });
}

#[test]
fn without_a_lock_file_the_command_compares_with_a_replay() {
    on_both(|world| {
        world.migration("V0001__a", "CREATE TABLE a (id bigint PRIMARY KEY);\n", "DROP TABLE a;\n");
        world.up();
        assert_eq!(world.connect().drift().unwrap(), None);
        assert!(!report(&world).drifted);
        world.sql("DROP TABLE a");
        let gone: Vec<String> = report(&world).differences.into_iter().map(|d| d.object).collect();
        assert!(gone.contains(&"table a".to_owned()), "{gone:?}");
    });
}

#[test]
fn a_number_that_migrations_set_in_the_file_is_held_to_and_one_of_the_application_is_not() {
    let world = World::new(Dialect::Sqlite);
    half_way(&world);
    world.sql("PRAGMA user_version = 3");
    assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
    assert!(!report(&world).drifted);
    world.sql("PRAGMA user_version = 0");
    world.file("V0003__number/up.sqlite.sql", "PRAGMA user_version = 7;\n");
    world.file("V0003__number/down.sqlite.sql", "PRAGMA user_version = 0;\n");
    world.file("V0003__number/up.postgres.sql", "SELECT 1;\n");
    world.file("V0003__number/down.postgres.sql", "SELECT 1;\n");
    world.seal_with(SealOptions::default());
    world.up();
    assert_eq!(world.connect().drift().unwrap(), Some((3, vec![])));
    world.sql("PRAGMA user_version = 8");
    assert_eq!(world.connect().drift().unwrap(), Some((3, vec![Layer::Structure])));
    let found = report(&world).differences;
    let side = |s: &str| Some(s.to_owned());
    let expected =
        Difference { object: "pragma user_version: value".to_owned(), before: side("7"), after: side("8") };
    assert_eq!(found, [expected]);
}

#[test]
fn what_the_whole_database_shares_is_no_drift_whoever_made_it() {
    let world = World::new(Dialect::Postgres);
    world.file(
        "V0001__shared/up.postgres.sql",
        "CREATE SCHEMA empty;\nCREATE TABLE users (id bigint PRIMARY KEY);\nCREATE PUBLICATION ours FOR TABLE users;\n",
    );
    world.file(
        "V0001__shared/down.postgres.sql",
        "DROP PUBLICATION ours;\nDROP TABLE users;\nDROP SCHEMA empty;\n",
    );
    world.seal_with(SealOptions::default());
    world.up();
    assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
    world.sql(
        "CREATE PUBLICATION theirs FOR ALL TABLES;\nCREATE SCHEMA theirs;\nCREATE TABLE theirs.t (a integer)",
    );
    assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
    world.sql("DROP PUBLICATION ours");
    assert_eq!(world.connect().drift().unwrap(), Some((1, vec![Layer::Structure])));
    let gone: Vec<String> = report(&world).differences.into_iter().map(|d| d.object).collect();
    assert_eq!(gone, ["publication ours", "publication ours on users"]);
    world.sql("CREATE PUBLICATION ours FOR TABLE users");
    assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
    world.sql("DROP SCHEMA empty");
    assert_eq!(world.connect().drift().unwrap(), Some((1, vec![Layer::Structure])));
}

#[test]
fn a_migration_that_makes_tables_where_there_are_rows_is_no_drift() {
    on_both(|world| {
        world.migration("V0001__a", "CREATE TABLE a (id bigint PRIMARY KEY, n bigint);\n", "DROP TABLE a;\n");
        world.seal_with(SealOptions::default());
        world.up();
        world.sql("CREATE TABLE b (id bigint PRIMARY KEY)");
        // As if the migration itself had made it: journalled behind its own work.
        world.connect().repair(Repair::Rebaseline).unwrap();
        assert_eq!(world.connect().drift().unwrap(), Some((1, vec![])));
        assert!(!report(&world).drifted);
    });
}

#[test]
fn a_way_down_does_not_take_for_right_what_was_changed_by_hand() {
    on_both(|world| {
        half_way(&world);
        world.up();
        world.sql("CREATE INDEX by_hand ON users (email)");
        world.down(Target::Version(1));
        let (version, layers) = world.connect().drift().unwrap().unwrap();
        assert_eq!((version, layers.first()), (1, Some(&Layer::Structure)));
        assert_eq!(world.try_up().unwrap_err().kind(), ErrorKind::Drift);
        world.sql("DROP INDEX by_hand");
        world.up();
    });
}

#[test]
fn the_command_says_so_where_only_the_journal_knows_another_schema() {
    on_both(|world| {
        half_way(&world);
        world.sql("CREATE INDEX by_hand ON users (email)");
        world.connect().repair(Repair::Rebaseline).unwrap();
        world.sql("DROP INDEX by_hand");
        assert_eq!(world.problems(), ["drift"]);
        let report = report(&world);
        assert!(report.drifted);
        assert_eq!(report.differences[0].object, "the schema that the journal recorded");
    });
}

#[test]
fn the_history_of_another_set_in_the_same_database_is_no_drift() {
    let of = |schema: Option<&str>, tables: &str| {
        let options = Options { schema: schema.map(str::to_owned), ..Options::default() };
        let mut world = World::new(Dialect::Postgres);
        world.options = options;
        let up = format!("CREATE SCHEMA {tables};\nCREATE TABLE {tables}.t (id bigint PRIMARY KEY);\n");
        world.file("V0001__tables/up.postgres.sql", up);
        world.file(
            "V0001__tables/down.postgres.sql",
            format!("DROP TABLE {tables}.t;\nDROP SCHEMA {tables};\n"),
        );
        world.seal_with(SealOptions::default());
        world
    };
    // One keeps its history in public, the other in a schema of its own.
    let (one, other) = (of(None, "one"), of(Some("history"), "two"));
    for world in [&one, &other] {
        world.migrator().connect(one.url()).unwrap().up(Target::Latest).unwrap();
    }
    for world in [&one, &other] {
        let mut connected = world.migrator().connect(one.url()).unwrap();
        assert_eq!(connected.drift().unwrap(), Some((1, vec![])));
        world.remove("switchback.lock");
        let mut connected = world.migrator().connect(one.url()).unwrap();
        let files = Source::Directory(world.path());
        let found = connected.drift_report(&files, &switchback_tests::scratch_options()).unwrap();
        assert!(!found.drifted, "{found:?}");
    }
}

#[test]
fn drift_names_what_is_applied_and_has_no_files() {
    on_both(|world| {
        half_way(&world);
        world.up();
        world.remove("V0002__tags").remove("switchback.lock");
        let source = Source::Directory(world.path());
        let refused =
            world.connect().drift_report(&source, &switchback_tests::scratch_options()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Diverged);
        insta::allow_duplicates! { insta::assert_snapshot!(refused) };
    });
}
