//! An undeclared loss aborts and rolls back; a declared one passes and is reported.

use crate::support::{World, on_both};
use switchback::{Dialect, EmbeddedSet, ErrorKind, Migrator, Options, RustMigration, Target};

/// What there is to lose: three rows, and two that belong to the first of them.
const GROUND: &str = "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, name text UNIQUE, note text);
CREATE TABLE posts (id bigint NOT NULL PRIMARY KEY, user_id bigint REFERENCES users (id) ON DELETE CASCADE);
CREATE TABLE empty (id bigint);
INSERT INTO users VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', NULL);
INSERT INTO posts VALUES (10, 1), (11, 1);
";

fn ground(world: &World) {
    world.migration("V0001__ground", GROUND, "DROP TABLE empty;\nDROP TABLE posts;\nDROP TABLE users;\n");
    world.up();
}

/// Runs `up` as the second migration: refused with that sentence, nothing changed; and declared, it passes and says so.
#[track_caller]
fn loses(world: &World, up: &str, said: &str, lossy: &[&str]) {
    world.migration("V0002__loses", up, "SELECT 1;\n");
    let before = world.connect().content().unwrap();
    let schema = world.connect().schema().unwrap();
    let e = world.try_up().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Loss, "{up}: {e}");
    assert!(e.message().starts_with(said), "{up}: {e}");
    let hint = e.what_next().unwrap();
    assert!(lossy.iter().all(|object| hint.contains(&format!("\"{object}\""))), "{e}");
    let place = e.location().unwrap();
    assert!(place.file.ends_with("V0002__loses/up.sql") && place.line.is_some(), "{e}");
    assert_eq!(world.connect().content().unwrap(), before, "{up}");
    assert_eq!(world.connect().schema().unwrap(), schema, "{up}");
    assert_eq!(world.applied(), [1]);
    let log = world.connect().log(Some(1)).unwrap();
    assert!(log[0].event == "failed" && log[0].detail.as_deref().unwrap().contains(said), "{log:?}");

    world.file("V0002__loses/migration.toml", format!("lossy = {lossy:?}\n"));
    let report = world.up();
    let losses = &report.migrations[0].steps[0].losses;
    assert!(losses.iter().all(|l| l.allowed == "declared" && l.rows > 0), "{up}: {losses:?}");
    for object in lossy {
        assert!(losses.iter().any(|l| l.object == *object), "{up}: {object} is not among {losses:?}");
    }
    let log = world.connect().log(None).unwrap();
    let told = log.iter().rev().find(|row| row.event == "step_finished").unwrap();
    assert!(told.detail.as_deref().is_some_and(|d| d.contains("(declared)")), "{up}: {told:?}");
}

/// The same on a fresh database.
#[track_caller]
fn each(dialect: Dialect, up: &str, said: &str, lossy: &[&str]) {
    let world = World::new(dialect);
    ground(&world);
    loses(&world, up, said, lossy);
}

#[test]
fn every_way_to_lose_rows_is_refused_undeclared_and_reported_declared() {
    for dialect in Dialect::ALL {
        let each = |up: &str, said: &str, lossy: &[&str]| each(dialect, up, said, lossy);
        each("DELETE FROM users WHERE id = 3;\n", "1 row of users would be deleted", &["users"]);
        each("DELETE FROM posts;\n", "2 rows of posts would be deleted", &["posts"]);
        each("DELETE FROM users;\n", "", &["users", "posts"]);
        each("DROP TABLE posts;\n", "2 rows would go with the table posts", &["posts"]);
        each(
            "ALTER TABLE users DROP COLUMN note;\n",
            "the values of 2 rows would go with the column users.note",
            &["users.note"],
        );
        // By the foreign key.
        each("DELETE FROM users WHERE id = 1;\n", "", &["users", "posts"]);
        // Left out of the table that takes its place.
        each(
            "CREATE TABLE posts_new (id bigint NOT NULL PRIMARY KEY, user_id bigint);
INSERT INTO posts_new SELECT id, user_id FROM posts WHERE id = 10;
DROP TABLE posts;
ALTER TABLE posts_new RENAME TO posts;
",
            "1 row of posts would be left out of the table that takes its place",
            &["posts"],
        );
        each(
            "ALTER TABLE posts RENAME TO posts_old;
CREATE TABLE posts (id bigint NOT NULL PRIMARY KEY, user_id bigint);
DROP TABLE posts_old;
",
            "2 rows of posts would be left out",
            &["posts"],
        );
        // As many others come in the same table: it is a loss all the same.
        each(
            "DELETE FROM posts;\nINSERT INTO posts VALUES (20, 2), (21, 3);\n",
            "2 rows of posts would be deleted",
            &["posts"],
        );
        // In batches, in steps.
        each(
            "-- switchback: step fill batch table=posts key=id size=1\nDELETE FROM posts WHERE id BETWEEN :from AND :upto;\n",
            "1 row of posts would be deleted",
            &["posts"],
        );
    }
}

#[test]
fn every_way_of_sqlite_to_lose_rows_is_refused_undeclared_and_reported_declared() {
    let each = |up: &str, said: &str, lossy: &[&str]| each(Dialect::Sqlite, up, said, lossy);
    for replace in ["INSERT OR REPLACE", "REPLACE"] {
        // One row comes and two go: the key of the one, the name of the other.
        let up = format!("{replace} INTO users VALUES (2, 'c', 'z');\n");
        each(&up, "", &["users"]);
    }
    each(
        "CREATE TRIGGER tidy AFTER UPDATE ON users BEGIN DELETE FROM posts; END;\nUPDATE users SET note = 'n';\nDROP TRIGGER tidy;\n",
        "2 rows of posts would be deleted",
        &["posts"],
    );
    let world = World::new(Dialect::Sqlite);
    world.migration(
        "V0001__ground",
        "CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID;\nINSERT INTO t VALUES ('a'), ('b');\nCREATE TABLE r (a TEXT UNIQUE ON CONFLICT REPLACE, b);\nINSERT INTO r VALUES ('a', 1);\n",
        "DROP TABLE t;\nDROP TABLE r;\n",
    );
    world.up();
    loses(&world, "DELETE FROM t WHERE a = 'a';\n", "1 row of t would be deleted", &["t"]);
    world.migration("V0003__more", "INSERT INTO r VALUES ('a', 2);\n", "SELECT 1;\n");
    let e = world.try_up().unwrap_err();
    assert!(e.message().starts_with("1 row of r would be deleted"), "{e}");
}

#[test]
fn a_trigger_that_was_there_before_is_seen_when_an_update_sets_it_off() {
    on_both(|world| {
        ground(&world);
        match world.dialect() {
            Dialect::Sqlite => {
                world.sql("CREATE TRIGGER tidy AFTER UPDATE ON users BEGIN DELETE FROM posts; END")
            }
            Dialect::Postgres => world.sql(
                "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM posts; RETURN NULL; END $$;
CREATE TRIGGER tidy AFTER UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION tidy()",
            ),
        }
        loses(&world, "UPDATE users SET note = 'n';\n", "2 rows of posts would be deleted", &["posts"]);
    });
}

#[test]
fn every_way_of_postgres_to_lose_rows_is_refused_undeclared_and_reported_declared() {
    let each = |up: &str, said: &str, lossy: &[&str]| each(Dialect::Postgres, up, said, lossy);
    each("TRUNCATE posts;\n", "2 rows of posts would go with a TRUNCATE", &["posts"]);
    each("TRUNCATE users CASCADE;\n", "", &["users", "posts"]);
    each(
        "DO $$ BEGIN DELETE FROM posts WHERE id = 10; END $$;\n",
        "1 row of posts would be deleted",
        &["posts"],
    );
    each(
        "DO $$ BEGIN EXECUTE 'DROP TABLE posts'; END $$;\n",
        "2 rows would go with the table posts",
        &["posts"],
    );
    each("DO $$ BEGIN TRUNCATE posts; END $$;\n", "2 rows of posts would go with a TRUNCATE", &["posts"]);
    each(
        "DO $$ BEGIN ALTER TABLE users DROP COLUMN note; END $$;\n",
        "the values of 2 rows would go with the column users.note",
        &["users.note"],
    );
    each(
        "CREATE FUNCTION tidy() RETURNS bigint LANGUAGE sql AS 'DELETE FROM posts RETURNING id';\nSELECT tidy();\n",
        "2 rows of posts would be deleted",
        &["posts"],
    );
    each(
        "CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM posts';\nCALL tidy();\n",
        "2 rows of posts would be deleted",
        &["posts"],
    );
    each(
        "WITH gone AS (DELETE FROM posts RETURNING id) SELECT count(*) FROM gone;\n",
        "2 rows of posts would be deleted",
        &["posts"],
    );
    each(
        "MERGE INTO posts AS p USING users AS u ON p.user_id = u.id WHEN MATCHED THEN DELETE;\n",
        "2 rows of posts would be deleted",
        &["posts"],
    );
    each(
        "CREATE SCHEMA old;\nALTER TABLE posts SET SCHEMA old;\nDROP SCHEMA old CASCADE;\n",
        "2 rows would go with the table posts",
        &["posts"],
    );
    each(
        "CREATE TYPE mood AS ENUM ('ok');\nALTER TABLE users ADD COLUMN m mood;\nDELETE FROM posts;\nDROP TYPE mood CASCADE;\n",
        "2 rows of posts would be deleted",
        &["posts"],
    );
}

#[test]
fn partitions_count_as_their_table_and_a_row_that_moves_between_two_is_not_lost() {
    let world = World::new(Dialect::Postgres);
    world.migration(
        "V0001__ground",
        "CREATE TABLE events (id bigint, at int) PARTITION BY LIST (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2);
INSERT INTO events VALUES (1, 1), (2, 2);
",
        "DROP TABLE events;\n",
    );
    world.up();
    world.migration("V0002__moves", "UPDATE events SET at = 2 WHERE id = 1;\n", "SELECT 1;\n");
    assert!(world.up().migrations[0].steps[0].losses.is_empty());
    world.migration("V0003__goes", "DELETE FROM events;\n", "SELECT 1;\n");
    let e = world.try_up().unwrap_err();
    assert!(e.message().starts_with("2 rows of events would be deleted"), "{e}");
    world.migration("V0003__goes", "DROP TABLE events_2;\n", "SELECT 1;\n");
    let e = world.try_up().unwrap_err();
    assert!(e.message().starts_with("2 rows would go with the table events_2"), "{e}");
    world.file("V0003__goes/migration.toml", "lossy = [\"events\"]\n");
    assert_eq!(world.up().migrations[0].steps[0].losses[0].allowed, "declared");
}

#[test]
fn what_takes_no_row_away_passes() {
    on_both(|world| {
        ground(&world);
        let fine = [
            "DROP TABLE empty;\n",
            "DELETE FROM users WHERE id > 100;\n",
            "CREATE TABLE t (id bigint);\nINSERT INTO t VALUES (1);\nDELETE FROM t;\nDROP TABLE t;\n",
            "ALTER TABLE users ADD COLUMN none text;\nALTER TABLE users DROP COLUMN none;\n",
            "ALTER TABLE posts RENAME TO articles;\n",
            "ALTER TABLE users RENAME COLUMN note TO remark;\n",
            // Made anew with all its rows.
            "CREATE TABLE a (id bigint NOT NULL PRIMARY KEY, user_id bigint);\nINSERT INTO a SELECT id, user_id FROM articles;\nDROP TABLE articles;\nALTER TABLE a RENAME TO articles;\n",
            // Kept aside.
            "CREATE TABLE gone AS SELECT * FROM articles;\nDELETE FROM articles;\n",
            "CREATE TABLE remarks AS SELECT id, remark FROM users;\nALTER TABLE users DROP COLUMN remark;\n",
        ];
        for (i, up) in fine.iter().enumerate() {
            world.migration(&format!("V{:04}__fine", i + 2), up, "SELECT 1;\n");
            world.up();
        }
    });
}

#[test]
fn outside_a_transaction_what_could_not_be_rolled_back_is_refused_before_it_runs() {
    on_both(|world| {
        ground(&world);
        for sql in [
            "DELETE FROM posts WHERE id = 10;\n",
            "DROP TABLE posts;\n",
            "ALTER TABLE users DROP COLUMN note;\n",
        ] {
            world.migration(
                "V0002__alone",
                &format!("-- switchback: step one no-transaction\n{sql}"),
                "SELECT 1;\n",
            );
            let e = world.try_up().unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Loss, "{e}");
            assert_eq!(world.number("SELECT count(*) FROM posts"), 2);
            assert!(world.problems().is_empty(), "nothing is half-done");
        }
        world.file("V0002__alone/migration.toml", "lossy = [\"users.note\"]\n");
        world.up();
    });
}

#[test]
fn a_table_that_the_first_step_makes_may_go_with_the_last() {
    on_both(|world| {
        ground(&world);
        world.migration(
            "V0002__steps",
            "-- switchback: step one\nCREATE TABLE work AS SELECT * FROM users;\n-- switchback: step two\nDELETE FROM work WHERE id = 1;\n-- switchback: step three\nDROP TABLE work;\n",
            "-- switchback: step three\nSELECT 1;\n-- switchback: step two\nSELECT 1;\n-- switchback: step one\nSELECT 1;\n",
        );
        world.up();
    });
}

#[test]
fn a_flat_directory_loses_what_it_says_and_reports_it() {
    on_both(|world| {
        world.file("V1__ground.sql", GROUND).file("V2__loses.sql", "DELETE FROM posts;\n");
        let report = world.up();
        let losses = &report.migrations[1].steps[0].losses;
        assert_eq!(
            (losses[0].object.as_str(), losses[0].rows, losses[0].allowed),
            ("posts", 2, "not declarable")
        );
    });
}

#[test]
fn all_in_one_transaction_it_is_the_migration_that_loses_which_is_named() {
    on_both(|mut world| {
        ground(&world);
        world.options.single_transaction = true;
        world.migration("V0002__fine", "UPDATE users SET note = 'n';\n", "SELECT 1;\n");
        world.migration("V0003__declared", "DELETE FROM posts WHERE id = 10;\n", "SELECT 1;\n");
        world.file("V0003__declared/migration.toml", "lossy = [\"posts\"]\n");
        world.migration("V0004__fine", "INSERT INTO empty VALUES (1);\n", "SELECT 1;\n");
        world.migration("V0005__loses", "DELETE FROM posts;\n", "SELECT 1;\n");
        let e = world.try_up().unwrap_err();
        assert!(e.message().starts_with("1 row of posts") && e.message().contains("V5__loses"), "{e}");
        assert_eq!(world.applied(), [1]);
        world.file("V0005__loses/migration.toml", "lossy = [\"posts\"]\n");
        assert_eq!(world.up().migrations.len(), 4);
    });
}

#[test]
fn a_way_down_takes_back_what_its_up_made_with_newer_rows_and_says_so() {
    on_both(|world| {
        ground(&world);
        world.migration(
            "V0002__notes",
            "CREATE TABLE notes (id bigint);\nALTER TABLE posts ADD COLUMN title text;\n",
            "ALTER TABLE posts DROP COLUMN title;\nDROP TABLE notes;\n",
        );
        world.up();
        world.sql("INSERT INTO notes VALUES (1);\nUPDATE posts SET title = 'new'");
        let losses = world.down(Target::Steps(1)).migrations[0].steps[0].losses.clone();
        let told: Vec<_> = losses.iter().map(|l| (l.object.as_str(), l.rows, l.allowed)).collect();
        assert!(told.contains(&("notes", 1, "taken back")), "{told:?}");
        assert!(told.contains(&("posts.title", 2, "taken back")), "{told:?}");
        // A table that its up does not even name is none of its business.
        world.migration(
            "V0002__notes",
            "CREATE TABLE notes (id bigint);\n",
            "DROP TABLE posts;\nDROP TABLE notes;\n",
        );
        world.up();
        let e = world.try_down(Target::Steps(1)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Loss, "{e}");
        assert!(world.has_table("posts") && world.has_table("notes"));
    });
}

/// A migration in Rust that deletes.
fn rust_set() -> EmbeddedSet {
    static RUST: [RustMigration; 1] = [RustMigration {
        file: "V0002__loses/migration.rs",
        up: |ctx| ctx.execute("DELETE FROM posts", &[]).map(drop),
        down: Some(|_| Ok(())),
    }];
    EmbeddedSet {
        name: "app",
        files: &[
            ("V0001__ground/up.sql", GROUND),
            ("V0001__ground/down.sql", "DROP TABLE empty;\nDROP TABLE posts;\nDROP TABLE users;\n"),
            (
                "V0002__loses/migration.rs",
                "pub fn up(ctx: &mut C) -> R { todo }\npub fn down(ctx: &mut C) -> R { todo }\n",
            ),
        ],
        rust: &RUST,
    }
}

#[test]
fn a_migration_in_rust_that_deletes_is_refused_too() {
    on_both(|world| {
        let mut connected = Migrator::new(rust_set()).connect(world.url()).unwrap();
        let e = connected.up(Target::Latest).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Loss, "{e}");
        assert!(e.location().unwrap().file.ends_with("migration.rs"), "{e}");
        assert_eq!(connected.status().unwrap().applied.len(), 1);
        let options = Options { watch_losses: false, ..Options::default() };
        let mut connected = Migrator::new(rust_set()).options(options).connect(world.url()).unwrap();
        assert_eq!(connected.up(Target::Latest).unwrap().migrations.len(), 1);
    });
}

#[test]
fn what_a_proof_has_found_exact_may_go_where_the_way_down_brings_it_back() {
    on_both(|world| {
        world.migration(
            "V0001__ground",
            "CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, a text);\nCREATE TABLE kept (id bigint, a text);\nINSERT INTO t VALUES (1, 'x');\n",
            "DROP TABLE kept;\nDROP TABLE t;\n",
        );
        // Moved to a table that was there; the way down moves them back.
        world.migration(
            "V0002__moved",
            "INSERT INTO kept SELECT id, a FROM t WHERE a = 'x';\nDELETE FROM t WHERE a = 'x';\n",
            "INSERT INTO t SELECT id, a FROM kept WHERE a = 'x';\nDELETE FROM kept WHERE a = 'x';\n",
        );
        let e = world.try_up().unwrap_err();
        assert!(e.message().starts_with("1 row of t would be deleted"), "{e}");
        let on = switchback::seal::SealOptions {
            scratch: switchback_tests::scratch_options(),
            ..switchback::seal::SealOptions::default()
        };
        let sealing = switchback::seal::seal(&switchback::Source::Directory(world.path()), &on).unwrap();
        for (path, text) in &sealing.files {
            world.file(path, text);
        }
        let losses = &world.up().migrations[0].steps[0].losses;
        assert!(losses.iter().all(|l| l.allowed == "proven" || l.allowed == "kept"), "{losses:?}");
        assert_eq!(losses[0].rows, 1);
    });
}
