//! What migrations keep aside: listed, brought back, and purged; never a row lost on the way.

mod brought_back;
mod purged;
mod rows;

use crate::approval::Fort;
use crate::support::{World, on_both};
use std::time::Duration;
use switchback::seal::SealOptions;
use switchback::{Dialect, Kept, KeptChange, Result, Target};
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
