//! What migrations keep aside: listed, brought back, and purged; never a row lost on the way.

use crate::approval::Fort;
use crate::support::{World, on_both};
use std::time::Duration;
use switchback::seal::SealOptions;
use switchback::{Dialect, ErrorKind, Kept, KeptChange, Result, Target};
use time::macros::datetime;

const NOW: Duration = Duration::ZERO;

/// Users with a name that version 2 drops, and tags that version 3 drops; hostile names among them.
fn shop(dialect: Dialect) -> World {
    let world = World::new(dialect);
    world.migration(
        "V0001__base",
        "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, \"the \"\"name\"\"\" text, mail text NOT NULL);
CREATE TABLE \"it's; tags\" (id bigint NOT NULL PRIMARY KEY, label text);
CREATE INDEX labels ON \"it's; tags\" (label);
",
        "DROP TABLE \"it's; tags\";\nDROP TABLE users;\n",
    );
    world.file(
        "V0002__names/migration.toml",
        "[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = 'the \"name\"'\n",
    );
    world.file(
        "V0003__tags/migration.toml",
        "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = { name = \"n\", type = \"integer\" }\n\n[[operation]]\ntype = \"drop_table\"\ntable = \"it's; tags\"\n",
    );
    seal(&world);
    world.connect().up(Target::Version(1)).unwrap();
    world.sql(
        "INSERT INTO users VALUES (1, 'Ada', 'a@x'), (2, NULL, 'b@x'), (3, 'O''Neil', 'c@x');
INSERT INTO \"it's; tags\" VALUES (1, 'a'), (2, NULL)",
    );
    world.up();
    world
}

fn seal(world: &World) {
    world.seal_with(SealOptions { at: Some(datetime!(2026-11-21 20:14:00 UTC)), ..SealOptions::default() });
}

const NAMES: &str = "switchback_kept_2_users_the \"name\"";
const TAGS: &str = "it's; tags_archive_20261121t201400z";

fn kept(world: &World) -> Vec<Kept> {
    world.connect().kept().unwrap().kept
}

fn purge(world: &World, names: &[&str], even_needed: bool) -> Result<Vec<String>> {
    let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    let mut connected = world.connect();
    let change = connected.choose_purge(NOW, &names, even_needed)?;
    connected.change_kept(&change)?;
    Ok(change.writes())
}

fn restore(world: &World, name: &str, even_needed: bool) -> Result<Vec<String>> {
    let mut connected = world.connect();
    let change: KeptChange = connected.choose_kept(name, even_needed)?;
    connected.change_kept(&change)?;
    Ok(change.writes())
}

fn healthy(world: &World) {
    assert_eq!(world.problems(), Vec::<String>::new());
    let verified = world.connect().verify_journal(None).unwrap();
    assert!(verified.faults.is_empty(), "{:?}", verified.faults);
}

fn last_event(world: &World, event: &str) -> Option<String> {
    let log = world.connect().log(None).unwrap();
    log.into_iter().rev().find(|row| row.event == event).and_then(|row| row.detail)
}

#[test]
fn what_is_kept_aside_is_listed_with_its_migration_its_age_and_who_needs_it() {
    on_both(|world| {
        let world = shop(world.dialect());
        let found = kept(&world);
        let [tags, names] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((tags.name.as_str(), tags.kind, tags.rows), (TAGS, "archive", Some(2)));
        assert_eq!((tags.of.as_deref(), tags.version), (Some("it's; tags"), Some(3)));
        assert_eq!((names.name.as_str(), names.kind, names.rows), (NAMES, "values", Some(3)));
        assert_eq!((names.of.as_deref(), names.version), (Some("users.the \"name\""), Some(2)));
        for item in &found {
            assert_eq!(item.needed_by, [item.version.unwrap()]);
            assert!(item.bytes.unwrap() > 0 && item.since.as_ref().unwrap().starts_with("20"), "{item:?}");
        }
        world.down(Target::Version(1));
        assert_eq!(kept(&world), []);
    });
}

#[test]
fn what_a_way_down_needs_is_purged_only_when_told_and_the_migration_is_irreversible_by_name_from_then_on() {
    on_both(|world| {
        let world = shop(world.dialect());
        let refused = purge(&world, &[], false).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused);
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @r#"nothing can be dropped without a way down being lost: it's; tags_archive_20261121t201400z, for the way down of V3 works with it; switchback_kept_2_users_the "name", for the way down of V2 works with it; make a backup, then say --even-needed: those migrations are irreversible from then on; nothing was changed"#);
        }
        assert_eq!(kept(&world).len(), 2);
        let writes = purge(&world, &[NAMES], true).unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(writes.join("\n"), @r#"
            dropped for good: switchback_kept_2_users_the "name" (values of users.the "name", 3 rows)
            V2__names has no way down any more
            "#);
        }
        assert_eq!(kept(&world).len(), 1);
        healthy(&world);
        // The newest still goes down, and there it ends.
        world.down(Target::Version(2));
        let refused = world.try_down(Target::Version(1)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Irreversible);
        assert!(refused.message().contains("V2__names is irreversible: switchback_kept_2"), "{refused}");
        assert_eq!(world.number("SELECT count(*) FROM \"it's; tags\""), 2);
        healthy(&world);
    });
}

#[test]
fn an_archive_that_is_purged_is_no_drift_and_the_next_migration_goes_on() {
    on_both(|world| {
        let world = shop(world.dialect());
        let writes = purge(&world, &[TAGS], true).unwrap();
        assert!(writes.contains(&"the schema that this leaves is taken for right".to_owned()), "{writes:?}");
        healthy(&world);
        world.migration("V0004__more", "CREATE TABLE more (id bigint);\n", "DROP TABLE more;\n");
        world.up();
        healthy(&world);
        assert!(last_event(&world, "purged").unwrap().starts_with("dropped for good: it's; tags_archive"));
    });
}

#[test]
fn only_what_is_older_goes_and_what_is_not_there_is_named() {
    on_both(|world| {
        let world = shop(world.dialect());
        let mut connected = world.connect();
        let change = connected.choose_purge(Duration::from_secs(3600), &[], true).unwrap();
        assert!(change.is_empty());
        connected.change_kept(&change).unwrap();
        let unknown = connected.choose_purge(NOW, &["users".to_owned()], true).unwrap_err();
        assert_eq!(unknown.message(), "nothing of the name users is kept aside");
        assert_eq!(connected.choose_kept("users", true).unwrap_err().kind(), ErrorKind::Config);
        drop(connected);
        assert_eq!(kept(&world).len(), 2);
    });
}

#[test]
fn values_come_back_into_a_column_that_is_there_again_and_never_over_newer_ones() {
    on_both(|world| {
        let world = shop(world.dialect());
        let refused = restore(&world, NAMES, false).unwrap_err();
        assert!(refused.message().starts_with("users has no column the \"name\" now"), "{refused}");
        world.sql(
            "ALTER TABLE users ADD COLUMN \"the \"\"name\"\"\" text;\nUPDATE users SET \"the \"\"name\"\"\" = 'new' WHERE id = 3",
        );
        let refused = restore(&world, NAMES, false).unwrap_err();
        assert_eq!(refused.message(), "1 row of users have other values now, which would be lost");
        assert_eq!(world.number("SELECT count(*) FROM users WHERE \"the \"\"name\"\"\" IS NOT NULL"), 1);
        // Equal values are no newer ones, and a row that is gone stays gone.
        world.sql(
            "UPDATE users SET \"the \"\"name\"\"\" = 'O''Neil' WHERE id = 3;\nDELETE FROM users WHERE id = 2;\nINSERT INTO users (id, mail) VALUES (4, 'd@x')",
        );
        restore(&world, NAMES, false).unwrap();
        let names = world.rows("SELECT \"the \"\"name\"\"\" FROM users ORDER BY id");
        let names: Vec<Option<String>> = names.iter().map(|row| row.at(0).unwrap()).collect();
        assert_eq!(names, [Some("Ada".to_owned()), Some("O'Neil".to_owned()), None]);
        // They are still kept, for the way down.
        assert_eq!(kept(&world).len(), 2);
    });
}

#[test]
fn a_value_that_is_written_while_old_ones_come_back_is_not_overwritten() {
    let world = shop(Dialect::Postgres);
    world.sql("ALTER TABLE users ADD COLUMN \"the \"\"name\"\"\" text");
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    let mut open = client.transaction().unwrap();
    open.execute("UPDATE users SET \"the \"\"name\"\"\" = 'new' WHERE id = 1", &[]).unwrap();
    let mut restoring = world.command(&["kept", "restore", NAMES, "--yes"]).spawn().unwrap();
    let waits =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('relation', 'transactionid')";
    while open.query_one(waits, &[]).unwrap().get::<_, i64>(0) == 0 {
        assert!(restoring.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(10));
    }
    open.commit().unwrap();
    assert!(!restoring.wait().unwrap().success());
    assert_eq!(world.number("SELECT count(*) FROM users WHERE \"the \"\"name\"\"\" = 'new'"), 1);
}

#[test]
fn an_archived_table_comes_back_whole_under_its_own_name() {
    on_both(|world| {
        let world = shop(world.dialect());
        assert_eq!(restore(&world, TAGS, false).unwrap_err().kind(), ErrorKind::Refused);
        world.sql("CREATE TABLE \"it's; tags\" (id bigint)");
        let taken = restore(&world, TAGS, true).unwrap_err();
        assert!(taken.message().starts_with("the name it's; tags is taken"), "{taken}");
        world.sql("DROP TABLE \"it's; tags\"");
        restore(&world, TAGS, true).unwrap();
        assert_eq!(world.number("SELECT count(*) FROM \"it's; tags\""), 2);
        let schema = world.connect().schema().unwrap();
        let table = schema.tables.iter().find(|t| t.name.name == "it's; tags").unwrap();
        assert!(table.primary_key().is_some() && table.indexes.iter().any(|i| i.name.name == "labels"));
        assert_eq!(kept(&world).len(), 1);
        healthy(&world);
        let refused = world.try_down(Target::Steps(1)).unwrap_err();
        assert!(refused.message().starts_with("V3__tags is irreversible"), "{refused}");
    });
}

#[test]
fn rejects_go_back_where_they_came_from_all_or_none_and_old_ones_are_deleted() {
    on_both(|world| {
        let time = match world.dialect() {
            Dialect::Sqlite => "text",
            Dialect::Postgres => "timestamptz",
        };
        world.migration(
            "V0001__rejects",
            &format!(
                "CREATE TABLE items (id bigint NOT NULL PRIMARY KEY, \"it's\" text, n bigint);
CREATE TABLE rejects (source text NOT NULL, id text NOT NULL, \"row\" text NOT NULL, reason text, rejected_at {time} NOT NULL, PRIMARY KEY (source, id));
"
            ),
            "DROP TABLE rejects;\nDROP TABLE items;\n",
        );
        world.up();
        let row = |source: &str, id: i64, at: &str| {
            format!(
                "INSERT INTO rejects VALUES ('{source}', '{id}', '{{\"id\": {id}, \"it''s\": \"a''b\", \"n\": null}}', 'odd', '{at}')"
            )
        };
        world.sql(&row("items", 1, "2026-01-01T00:00:00Z"));
        world.sql(&row("items", 2, "2026-02-01T00:00:00Z"));
        let found = kept(&world);
        assert_eq!((found[0].kind, found[0].rows, found[0].needed_by.len()), ("rejects", Some(2), 0));
        assert_eq!(found[0].since.as_deref(), Some("2026-01-01T00:00:00Z"));
        // One is there already: none goes.
        world.sql("INSERT INTO items VALUES (2, 'x', 7)");
        restore(&world, "rejects", false).unwrap_err();
        assert_eq!((world.number("SELECT count(*) FROM items"), kept(&world)[0].rows), (1, Some(2)));
        world.sql("DELETE FROM items");
        restore(&world, "rejects", false).unwrap();
        let back = world.number("SELECT count(*) FROM items WHERE \"it's\" = 'a''b' AND n IS NULL");
        assert_eq!((back, kept(&world)[0].rows), (2, Some(0)));
        world.sql(&row("nowhere", 3, "2026-01-01T00:00:00Z"));
        let refused = restore(&world, "rejects", false).unwrap_err();
        assert!(refused.message().contains("came from nowhere"), "{refused}");
        world.sql(&row("items", 4, "2999-01-01T00:00:00Z"));
        purge(&world, &["rejects"], false).unwrap();
        assert_eq!(kept(&world)[0].rows, Some(1));
        healthy(&world);
    });
}

#[test]
fn a_table_of_the_application_that_looks_like_rejects_loses_no_row_unless_it_is_named() {
    on_both(|world| {
        let time = match world.dialect() {
            Dialect::Sqlite => "text",
            Dialect::Postgres => "timestamptz",
        };
        let five = format!(
            "source text NOT NULL, id text NOT NULL, \"row\" text NOT NULL, reason text, rejected_at {time} NOT NULL"
        );
        world.migration(
            "V0001__tables",
            &format!("CREATE TABLE complaints ({five});\nCREATE TABLE audits ({five}, judge text);\n"),
            "DROP TABLE audits;\nDROP TABLE complaints;\n",
        );
        world.up();
        world.sql("INSERT INTO complaints VALUES ('a', '1', '{}', 'odd', '2026-01-01T00:00:00Z');\nINSERT INTO audits VALUES ('a', '1', '{}', 'odd', '2026-01-01T00:00:00Z', 'me')");
        let names: Vec<String> = kept(&world).into_iter().map(|k| k.name).collect();
        assert_eq!(names, ["complaints"]);
        let writes = purge(&world, &[], true).unwrap();
        assert_eq!(
            writes,
            [
                "stays: complaints, for no applied migration in Rust of this set is seen to put its rejects there: name it to drop it"
            ]
        );
        assert_eq!(purge(&world, &["audits"], true).unwrap_err().kind(), ErrorKind::Config);
        let rows = |table: &str| world.number(&format!("SELECT count(*) FROM {table}"));
        assert_eq!((rows("complaints"), rows("audits")), (1, 1));
        purge(&world, &["complaints"], false).unwrap();
        assert_eq!((rows("complaints"), rows("audits")), (0, 1));
    });
}

#[test]
fn what_changed_since_it_was_looked_at_stops_it() {
    on_both(|world| {
        let world = shop(world.dialect());
        let mut connected = world.connect();
        let change = connected.choose_purge(NOW, &[], true).unwrap();
        world.sql("DELETE FROM \"it's; tags_archive_20261121t201400z\" WHERE id = 2");
        let moved = connected.change_kept(&change).unwrap_err();
        assert_eq!(moved.kind(), ErrorKind::Moved);
        drop(connected);
        assert_eq!(kept(&world).len(), 2);
        healthy(&world);
    });
}

#[test]
fn an_archive_of_which_a_view_is_made_stays() {
    on_both(|world| {
        let world = shop(world.dialect());
        world.sql("CREATE VIEW old_tags AS SELECT label FROM \"it's; tags_archive_20261121t201400z\"");
        world.connect().repair(switchback::Repair::Rebaseline).unwrap();
        purge(&world, &[TAGS], true).unwrap_err();
        assert_eq!(kept(&world).len(), 2);
        assert_eq!(world.number("SELECT count(*) FROM old_tags"), 2);
    });
}

#[test]
fn an_archive_that_another_table_refers_to_stays_and_takes_no_rows_of_that_table_with_it() {
    on_both(|world| {
        let world = shop(world.dialect());
        let mut early = world.connect();
        let chosen = early.choose_purge(NOW, &[TAGS.to_owned()], true).unwrap();
        world.sql(&format!(
            "CREATE UNIQUE INDEX archived ON \"{TAGS}\" (id);
CREATE TABLE posts (id bigint PRIMARY KEY, tag bigint REFERENCES \"{TAGS}\" (id) ON DELETE CASCADE);
INSERT INTO posts VALUES (1, 1)"
        ));
        let refused = purge(&world, &[TAGS], true).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused);
        assert_eq!(refused.message(), format!("posts refers to {TAGS} by a foreign key"));
        // Also where the key came after the choice.
        let refused = early.change_kept(&chosen).unwrap_err();
        assert!(refused.message().starts_with("posts refers to"), "{refused}");
        drop(early);
        assert_eq!((kept(&world).len(), world.number("SELECT count(*) FROM posts")), (2, 1));
        world.sql("DROP TABLE posts;\nDROP INDEX archived");
        purge(&world, &[TAGS], true).unwrap();
        healthy(&world);
    });
}

#[test]
fn rows_that_could_not_be_converted_come_back_once_their_keys_are_mended() {
    on_both(|world| {
        world.migration(
            "V0001__users",
            "CREATE TABLE users (id varchar(36) NOT NULL PRIMARY KEY, name text);\n",
            "DROP TABLE users;\n",
        );
        world.file(
            "V0002__uuid/migration.toml",
            "[[operation]]\ntype = \"convert_key\"\ntable = \"users\"\ncolumn = \"id\"\nto = \"uuid\"\non_invalid = \"quarantine\"\n",
        );
        seal(&world);
        world.connect().up(Target::Version(1)).unwrap();
        world
            .sql("INSERT INTO users VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 'a'), ('nonsense', 'b')");
        world.up();
        let found = kept(&world);
        let rows = found.iter().find(|k| k.kind == "rows").unwrap_or_else(|| panic!("{found:?}"));
        assert_eq!((rows.of.as_deref(), rows.rows), (Some("users"), Some(1)));
        restore(&world, &rows.name, false).unwrap_err();
        assert_eq!(world.number("SELECT count(*) FROM users"), 1);
        let mended = match world.dialect() {
            Dialect::Sqlite => "x'bbbbbbbb000040008000000000000002'",
            Dialect::Postgres => "'bbbbbbbb-0000-4000-8000-000000000002'",
        };
        world.sql(&format!("UPDATE {} SET id = {mended}", rows.name));
        restore(&world, &rows.name, false).unwrap();
        assert_eq!(world.number("SELECT count(*) FROM users"), 2);
        world.down(Target::Version(1));
        assert_eq!(world.number("SELECT count(*) FROM users"), 2);
    });
}

#[test]
fn a_database_from_before_a_restore_is_listed_and_dropped_when_it_is_old() {
    let world = World::new(Dialect::Postgres);
    world.migration("V0001__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n");
    world.up();
    let own: String = world.rows("SELECT current_database()::text")[0].at(0).unwrap();
    // As a restore names it: a long name is cut, and a digest tells it from others.
    let room = 63 - 10 - "_before_restore_20260101T000000Z".len();
    let of = match own.len() <= room {
        true => own.clone(),
        false => {
            let digest = switchback_plan::digest::of_text(&own).replace("sha256:", "");
            format!("{}_{}", &own[..room - 9], &digest[..8])
        }
    };
    let aside = format!("{of}_before_restore_20260101T000000Z");
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    client.batch_execute(&format!("CREATE DATABASE \"{aside}\"")).unwrap();
    // One of another database's is none of ours.
    let found = kept(&world);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].kind), (aside.as_str(), "database"));
    assert_eq!(found[0].since.as_deref(), Some("2026-01-01T00:00:00Z"));
    assert!(restore(&world, &aside, true).unwrap_err().message().contains("is a whole database"));
    purge(&world, &[], false).unwrap();
    assert_eq!(kept(&world), []);
    assert_eq!(world.raw("SELECT 1 FROM pg_database WHERE datname LIKE '%20260101T000000Z'").len(), 0);
    healthy(&world);
}

#[test]
fn the_command_asks_and_a_protected_environment_wants_a_saved_plan_for_it() {
    let fort = Fort::new(Dialect::Sqlite);
    let said = fort.prod(&["kept", "purge", "--older-than", "30d", "--yes"]).one_sentence();
    assert_eq!(said["message"], "the database is protected, so `kept` needs a saved plan");
    let world = &fort.world;
    world.sql("CREATE TABLE switchback_kept_1_users_name (id bigint PRIMARY KEY, name text)");
    let json = ["--format", "json"];
    let list = fort.run(&[&["kept"][..], &json].concat()).ok().json();
    assert_eq!(list["databases"][0]["kept"][0]["name"], "switchback_kept_1_users_name");
    // Nobody says that it is his, so it goes by its name alone.
    let purge = ["kept", "purge", "--older-than", "0"];
    let spared = fort.run(&[&purge[..], &json].concat()).ok().json();
    let said = spared["databases"][0]["writes"][0].as_str().unwrap().to_owned();
    assert!(said.starts_with("stays: switchback_kept_1_users_name, for no migration"), "{said}");
    let purge = [&purge[..], &["switchback_kept_1_users_name"]].concat();
    let asked = fort.run(&[&purge[..], &json, &["--even-needed"]].concat()).one_sentence();
    assert_eq!(asked["message"], "`kept purge` asks before it writes, and there is no terminal");
    fort.run(&[
        "plan",
        "--for",
        "kept",
        "--out",
        "plan.json",
        "--",
        "purge",
        "--older-than",
        "0",
        "switchback_kept_1_users_name",
        "--even-needed",
    ])
    .ok();
    let rest = ["--even-needed", "--yes", "--plan", "plan.json"];
    let done = fort.run(&[&purge[..], &json, &rest].concat()).ok().json();
    let writes = &done["databases"][0]["writes"][0];
    assert!(writes.as_str().unwrap().starts_with("dropped for good: switchback_kept_1_users_name"), "{done}");
    assert_eq!(fort.events().last().unwrap(), "purged");
}

#[test]
fn a_purge_that_is_killed_has_dropped_everything_or_nothing() {
    on_both(|world| {
        let world = shop(world.dialect());
        let mut done = 0;
        // The last one is left to end.
        for millis in [Some(0), Some(15), None] {
            let mut child = world
                .command(&["kept", "purge", "--older-than", "0", "--even-needed", "--yes"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            if let Some(millis) = millis {
                std::thread::sleep(Duration::from_millis(millis));
                child.kill().unwrap();
            }
            child.wait().unwrap();
            let left = kept(&world).len();
            assert!(left == 0 || left == 2, "{left}");
            let irreversible = world.try_down(Target::Version(1)).is_err();
            done += usize::from(left == 0);
            assert_eq!(irreversible, left == 0);
            healthy(&world);
            if left == 0 {
                break;
            }
            // It went down: up again, with the same rows.
            world.up();
        }
        assert_eq!(done, 1);
    });
}

#[test]
fn what_another_set_keeps_is_not_listed_or_goes_by_its_name_alone() {
    let world = shop(Dialect::Postgres);
    world.sql(
        "CREATE SCHEMA theirs;\nCREATE TABLE theirs.switchback_kept_2_users_name (id bigint PRIMARY KEY, name text);
CREATE TABLE switchback_kept_3_orders_note (id bigint PRIMARY KEY, note text);
CREATE TABLE orders_archive_20200101t000000z (id bigint);
INSERT INTO orders_archive_20200101t000000z VALUES (1)",
    );
    let names: Vec<String> = kept(&world).into_iter().map(|k| k.name).collect();
    assert_eq!(names, [TAGS, "orders_archive_20200101t000000z", NAMES, "switchback_kept_3_orders_note"]);
    world.connect().repair(switchback::Repair::Rebaseline).unwrap();
    let writes = purge(&world, &[], true).unwrap();
    let stays: Vec<&str> = writes
        .iter()
        .filter_map(|line| {
            line.strip_suffix(
                ", for no migration that is applied says that it put it there: name it to drop it",
            )
        })
        .collect();
    assert_eq!(stays, ["stays: orders_archive_20200101t000000z", "stays: switchback_kept_3_orders_note"]);
    assert_eq!(kept(&world).len(), 2);
    purge(&world, &["orders_archive_20200101t000000z"], false).unwrap();
    assert_eq!(kept(&world).len(), 1);
}

#[test]
fn a_table_whose_policies_hide_rows_from_this_role_is_not_touched() {
    let world = shop(Dialect::Postgres);
    world.sql(
        "ALTER TABLE \"it's; tags_archive_20261121t201400z\" ENABLE ROW LEVEL SECURITY;
ALTER TABLE \"it's; tags_archive_20261121t201400z\" FORCE ROW LEVEL SECURITY",
    );
    world.connect().repair(switchback::Repair::Rebaseline).unwrap();
    let role = format!("kept_{}", std::process::id());
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    client.batch_execute(&format!("CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}; DO $$ DECLARE t text; BEGIN FOR t IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP EXECUTE format('ALTER TABLE %s OWNER TO {role}', t); END LOOP; END $$")).unwrap();
    let url = world.url().replace("postgres@", &format!("{role}@"));
    let mut connected = world.migrator().connect(&url).unwrap();
    let change = connected.choose_purge(NOW, &[TAGS.to_owned()], true).unwrap();
    let refused = connected.change_kept(&change).unwrap_err();
    drop(connected);
    client
        .batch_execute(&format!(
            "REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"
        ))
        .unwrap();
    assert!(refused.message().contains("row-level security"), "{refused}");
    assert_eq!(kept(&world).len(), 2);
}
