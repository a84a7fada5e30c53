//! `repair --recreate`: indexes that went missing come back as the migrations made them.

use crate::approval::Fort;
use crate::support::{World, on_both, until};
use switchback::seal::SealOptions;
use switchback::{Dialect, Error, ErrorKind, Rebuild, Repair, Result, Source};

const HOSTILE: &str = "an \"\"index\"\"; DROP TABLE users; --";

fn sealed(world: &World, table: &str, up: &str) {
    world.migration(&format!("V0001__{table}"), up, &format!("DROP TABLE {table};\n"));
    world.seal_with(SealOptions::default());
}

/// A table with rows and three indexes, one of them named by somebody hostile.
fn users(world: &World) {
    sealed(
        world,
        "users",
        &format!(
            "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, email text, name text);
CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE email IS NOT NULL;
CREATE INDEX users_name ON users (name);
CREATE INDEX \"{HOSTILE}\" ON users (name, email);
"
        ),
    );
    world.up();
    world.sql("INSERT INTO users VALUES (1, 'a@x', 'a'), (2, 'b@x', 'b')");
}

fn missing(world: &World) -> Result<Rebuild> {
    let source = Source::Directory(world.path());
    world.connect().missing_indexes(&source, &switchback_tests::scratch_options())
}

fn rebuild(world: &World) -> Vec<String> {
    let rebuild = missing(world).unwrap();
    world.connect().recreate(&rebuild).unwrap();
    rebuild.intent().writes
}

fn refusal(world: &World) -> Error {
    missing(world).unwrap_err()
}

/// The index on addresses, as somebody builds it by hand.
const BY_HAND: &str =
    "CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (lower(email)) WHERE email IS NOT NULL";

fn client(world: &World) -> postgres::Client {
    postgres::Client::connect(world.url(), postgres::NoTls).unwrap()
}

fn invalid(world: &World) -> i64 {
    world.number("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
}

/// Users without their index on addresses, and somebody who has written and not committed: whoever builds that index
/// waits for him.
fn with_a_writer() -> (World, postgres::Client) {
    let world = World::new(Dialect::Postgres);
    users(&world);
    world.sql("DROP INDEX users_email");
    let mut writer = client(&world);
    writer.batch_execute("BEGIN; UPDATE users SET name = 'c' WHERE id = 1").unwrap();
    (world, writer)
}

/// Until a build waits: its index is there, and INVALID meanwhile.
fn until_a_build_waits(world: &World) {
    until("an index that is being built", || invalid(world) > 0);
}

fn has_drifted(world: &World) -> bool {
    let source = Source::Directory(world.path());
    world.connect().drift_report(&source, &switchback_tests::scratch_options()).unwrap().drifted
}

#[test]
fn missing_indexes_come_back_with_the_definitions_that_the_migrations_gave_them() {
    on_both(|world| {
        users(&world);
        world.sql(&format!("DROP INDEX users_email;\nDROP INDEX \"{HOSTILE}\""));
        assert!(has_drifted(&world));
        let writes = rebuild(&world);
        insta::assert_snapshot!(format!("recreate_intent_{}", world.dialect().as_str()), writes.join("\n"));
        assert!(!has_drifted(&world));
        assert_eq!(world.problems(), Vec::<String>::new());
        let repaired: Vec<_> =
            world.connect().log(None).unwrap().into_iter().filter(|row| row.event == "repaired").collect();
        assert_eq!(repaired.len(), 2);
        assert_eq!(repaired[1].detail.as_deref(), Some("built the index users_email on users again"));
        assert_eq!(world.number("SELECT count(*) FROM users"), 2);
    });
}

#[test]
fn where_no_index_is_missing_nothing_is_done_and_what_else_differs_is_left_alone() {
    on_both(|world| {
        users(&world);
        insta::allow_duplicates! {
            insta::assert_snapshot!(refusal(&world), @"no index is missing whose definition the migrations know; `drift` shows all that differs, object by object; nothing was changed");
        }
        // One that nobody declared, dropped or not, is not its business.
        world.sql("CREATE INDEX by_hand ON users (email)");
        assert_eq!(refusal(&world).kind(), ErrorKind::Refused);
        world.connect().repair(Repair::Rebaseline).unwrap();
        world.sql("DROP INDEX by_hand");
        assert!(has_drifted(&world));
        let said = refusal(&world).to_string();
        assert!(said.starts_with("no index is missing whose definition the migrations know"), "{said}");
    });
}

#[test]
fn an_index_that_cannot_be_built_is_refused_by_name() {
    on_both(|world| {
        users(&world);
        world.sql(
            "DROP INDEX users_name;\nDROP INDEX users_email;\nALTER TABLE users RENAME COLUMN name TO title",
        );
        let writes = rebuild(&world);
        let refused: Vec<_> = writes.iter().filter(|line| line.starts_with("not built")).collect();
        assert_eq!(
            refused,
            ["not built: the index users_name on users is made of name, and users has no such column"]
        );
        assert!(refusal(&world).to_string().contains("users_name on users is made of name"));
        world.sql("DROP TABLE users");
        let said = refusal(&world).to_string();
        assert!(said.contains("the table of the index users_email on users is not there"), "{said}");
    });
}

#[test]
fn rows_that_are_not_unique_any_more_stop_it_and_nothing_is_left_behind() {
    on_both(|world| {
        users(&world);
        world.sql("DROP INDEX users_email;\nINSERT INTO users VALUES (3, 'A@x', 'c')");
        let found = missing(&world).unwrap();
        let error = world.connect().recreate(&found).unwrap_err();
        assert!(error.message().starts_with("the index users_email on users cannot be built: "), "{error}");
        assert!(error.what_next().unwrap().starts_with("find the rows that are equal"), "{error}");
        assert_eq!(world.connect().log(None).unwrap().last().unwrap().event, "failed");
        if world.dialect() == Dialect::Postgres {
            assert_eq!(invalid(&world), 0);
        }
        world.sql("DELETE FROM users WHERE id = 3");
        rebuild(&world);
        assert!(!has_drifted(&world));
    });
}

#[test]
fn an_invalid_index_that_a_failed_build_left_is_dropped_and_built_again() {
    let world = World::new(Dialect::Postgres);
    users(&world);
    world.sql("DROP INDEX users_email;\nINSERT INTO users VALUES (3, 'A@x', 'c')");
    client(&world).batch_execute(BY_HAND).unwrap_err();
    assert_eq!(invalid(&world), 1);
    world.sql("DELETE FROM users WHERE id = 3");
    let writes = rebuild(&world);
    assert_eq!(writes[0], "index users_email on users: the INVALID one that a failed build left is dropped");
    assert_eq!(invalid(&world), 0);
    assert!(!has_drifted(&world));
}

#[test]
fn an_index_that_somebody_is_still_building_is_refused_by_name_and_stays() {
    let (world, mut writer) = with_a_writer();
    let mut by_hand = client(&world);
    let building = std::thread::spawn(move || by_hand.batch_execute(BY_HAND));
    until_a_build_waits(&world);
    let chosen = missing(&world).unwrap();
    let refused = world.connect().recreate(&chosen).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    let named = "the index users_email on users is being built by process";
    assert!(refused.message().starts_with(named), "{refused}");
    writer.batch_execute("ROLLBACK").unwrap();
    building.join().unwrap().unwrap();
    assert_eq!(invalid(&world), 0);
    assert!(!has_drifted(&world));
}

#[test]
fn a_build_that_is_killed_leaves_an_invalid_index_which_the_same_command_drops_and_builds() {
    let (world, mut writer) = with_a_writer();
    let server = switchback_tests::server_url();
    let again = ["repair", "--recreate", "--yes", "--scratch-url", server.as_str()];
    let mut child = world
        .command(&again)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until_a_build_waits(&world);
    child.kill().unwrap();
    child.wait().unwrap();
    // The server notices only when it is done, and would finish: it dies as well.
    let own = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE UNIQUE INDEX%'";
    writer.execute(own, &[]).unwrap();
    writer.batch_execute("ROLLBACK").unwrap();
    assert!(has_drifted(&world));
    world.run(&again).ok();
    assert_eq!(invalid(&world), 0);
    assert!(!has_drifted(&world));
}

#[test]
fn an_index_of_a_partitioned_table_comes_back_with_those_of_its_partitions() {
    let world = World::new(Dialect::Postgres);
    world.file(
        "V0001__events/up.postgres.sql",
        "CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX events_at ON events (at);
COMMENT ON INDEX events_at IS 'what it''s for';
",
    );
    world.file("V0001__events/down.postgres.sql", "DROP TABLE events;\n");
    world.up();
    world.sql("DROP INDEX events_at");
    rebuild(&world);
    assert!(!has_drifted(&world));
}

#[test]
fn a_key_that_is_gone_is_named_and_not_built_as_an_index() {
    let world = World::new(Dialect::Postgres);
    users(&world);
    world.sql("ALTER TABLE users DROP CONSTRAINT users_pkey");
    let said = refusal(&world).to_string();
    assert!(said.contains("the index users_pkey on users belongs to the constraint users_pkey"), "{said}");
}

#[test]
fn what_came_back_meanwhile_stops_it_before_anything_is_built() {
    on_both(|world| {
        users(&world);
        world.sql("DROP INDEX users_email;\nDROP INDEX users_name");
        let found = missing(&world).unwrap();
        world.sql("CREATE INDEX users_name ON users (name)");
        assert_eq!(world.connect().recreate(&found).unwrap_err().kind(), ErrorKind::Moved);
        rebuild(&world);
        assert!(!has_drifted(&world));
    });
}

#[test]
fn the_command_asks_and_a_protected_environment_wants_a_saved_plan_for_it() {
    let fort = Fort::new(Dialect::Sqlite);
    let said = fort.prod(&["repair", "--recreate", "--yes"]).one_sentence();
    assert_eq!(said["message"], "the database is protected, so `repair` needs a saved plan");
    let world = &fort.world;
    world.migration("V0004__tags", "CREATE INDEX tags_id ON tags (id);\n", "DROP INDEX tags_id;\n");
    world.up();
    world.sql("DROP INDEX tags_id");
    let json = ["--format", "json"];
    let recreate = ["repair", "--recreate", "--yes", "--plan", "plan.json"];
    let asked = fort.run(&[&recreate[..2], &json].concat()).one_sentence();
    assert_eq!(asked["message"], "`repair` asks before it writes, and there is no terminal");
    let plan = ["plan", "--for", "repair", "--out", "plan.json", "--", "--recreate"];
    fort.run(&plan).ok();
    let done = fort.run(&[&recreate[..], &json].concat()).ok().json();
    assert_eq!(
        done["databases"][0]["writes"],
        serde_json::json!([
            "index tags_id on tags: CREATE INDEX tags_id ON tags (id)",
            "journal: a row `repaired`"
        ])
    );
    // A plan holds once.
    world.sql("DROP INDEX tags_id");
    let again = fort.run(&[&recreate[..], &json].concat()).one_sentence();
    assert!(
        again["message"].as_str().unwrap().ends_with("was carried out already, and holds once"),
        "{again}"
    );
}
