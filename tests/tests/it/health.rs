//! `check` says whether a database is fit to be migrated, `up` asks before it takes the lock; hooks before and after.

use crate::program::{Ran, finish, runner};
use crate::support::{World, on_both};
use std::process::Command;
use switchback::report::{Finding, Severity};
use switchback::{Dialect, ErrorKind, Migrator, Requires, Target};

fn one(world: &World) {
    world.migration("V0001__one", "CREATE TABLE one (id bigint);\n", "DROP TABLE one;\n");
}

/// What is not as it should be.
fn odd(world: &World) -> Vec<Finding> {
    let mut connected = world.migrator().connect_read_only(world.url()).unwrap();
    let report = connected.check().unwrap();
    report.findings.into_iter().filter(|f| f.severity != Severity::Ok).collect()
}

#[test]
fn a_server_outside_the_range_that_the_set_asks_for_is_refused_before_anything_runs() {
    on_both(|mut world| {
        one(&world);
        assert_eq!(odd(&world), []);
        world.options.requires =
            Requires { postgres: Some(">=99".to_owned()), sqlite: Some(">=3.35, <3.36".to_owned()) };
        let found = odd(&world);
        assert_eq!((found.len(), found[0].kind, found[0].severity), (1, "version", Severity::Fail));
        let e = world.try_up().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check, "{e}");
        assert!(e.message().contains("ask for"), "{e}");
        assert!(!world.has_table("one") && !world.has_table("switchback_journal"));
        world.options.requires =
            Requires { postgres: Some(">=13, <20".to_owned()), sqlite: Some(">=3.35".to_owned()) };
        world.up();
    });
}

#[test]
fn rights_that_a_pending_migration_needs_are_named_before_its_first_statement_runs() {
    let world = World::new(Dialect::Postgres);
    world.migration(
        "V0001__one",
        "CREATE TABLE one (id bigint PRIMARY KEY);\nCREATE TABLE two (id bigint);\n",
        "DROP TABLE one, two;\n",
    );
    world.up();
    let name = world.rows("SELECT 'fit_' || oid FROM pg_database WHERE datname = current_database()");
    let role: String = name[0].at(0).unwrap();
    world.sql(&format!(
        "CREATE ROLE {role} LOGIN;\nGRANT ALL ON refinery_schema_history, switchback_journal, switchback_progress, switchback_undo TO {role};\nGRANT INSERT ON two TO {role};\nREVOKE CREATE ON SCHEMA public FROM PUBLIC"
    ));
    world.migration(
        "V0002__needs",
        "INSERT INTO two VALUES (1);
DELETE FROM two WHERE id = 7;
ALTER TABLE one ADD COLUMN a int;
CREATE TABLE three (id bigint REFERENCES one (id));
CREATE EXTENSION no_such_extension;
CREATE SCHEMA s;
",
        "SELECT 1;\n",
    );
    let (scheme, rest) = world.url().split_once("://").unwrap();
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    let url = format!("{scheme}://{role}@{rest}");
    let report = world.migrator().connect_read_only(&url).unwrap().check().unwrap();
    let failed: Vec<&str> =
        report.findings.iter().filter(|f| f.severity == Severity::Fail).map(|f| f.message.as_str()).collect();
    assert_eq!(
        failed,
        [
            "V2 needs DELETE on two",
            "V2 changes one, which this role does not own",
            "V2 needs CREATE in the current schema",
            "V2 needs REFERENCES on one",
            "V2 needs the extension no_such_extension, which this server has not",
            "V2 needs CREATE on the database",
        ]
    );
    let e = world.migrator().connect(&url).unwrap().up(Target::Latest).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Check, "{e}");
    assert!(
        e.message().contains("V2 needs DELETE on two") && e.message().contains("no_such_extension"),
        "{e}"
    );
    assert_eq!(world.number("SELECT count(*) FROM two"), 0);
    world.sql(&format!("DROP OWNED BY {role} CASCADE;\nDROP ROLE {role}"));
}

#[test]
fn what_waits_or_is_broken_on_a_server_is_named() {
    let world = World::new(Dialect::Postgres);
    one(&world);
    world.sql(
        "CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (p_id int);
INSERT INTO c VALUES (1), (2), (NULL);
ALTER TABLE c ADD CONSTRAINT c_p FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'p_pkey'::regclass",
    );
    let told: Vec<String> = odd(&world).into_iter().map(|f| format!("{}: {}", f.kind, f.message)).collect();
    assert!(told.contains(&"invalid_indexes: the index p_pkey is INVALID".to_owned()), "{told:?}");
    assert!(
        told.contains(&"foreign_keys: c_p of c is NOT VALID: 2 point to no row of p".to_owned()),
        "{told:?}"
    );
}

#[test]
fn rows_that_break_foreign_keys_and_a_damaged_file_are_named_on_sqlite() {
    let world = World::new(Dialect::Sqlite);
    one(&world);
    world.up();
    let path = world.url().trim_start_matches("sqlite:").to_owned();
    let outside = rusqlite::Connection::open(&path).unwrap();
    outside
        .execute_batch(
            "PRAGMA foreign_keys = OFF; CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id REFERENCES p (id)); INSERT INTO c VALUES (1);
             CREATE TABLE big (a TEXT); CREATE INDEX big_a ON big (a); INSERT INTO big SELECT hex(randomblob(50)) FROM pragma_function_list;",
        )
        .unwrap();
    let found = odd(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].message, "1 in c that point to no row of p");
    // The index's root page.
    let (page, size): (u64, u64) = outside
        .query_row(
            "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'big_a'",
            [],
            |r| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64)),
        )
        .unwrap();
    drop(outside);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = ((page - 1) * size) as usize;
    bytes[at..at + 64].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let found = odd(&world);
    assert!(found.iter().any(|f| f.kind == "integrity" && f.severity == Severity::Fail), "{found:?}");
}

#[test]
fn check_fails_where_something_stands_in_the_way_and_its_json_has_every_finding() {
    on_both(|world| {
        one(&world);
        let findings =
            world.run(&["check", "--format", "json"]).ok().json()["databases"][0]["findings"].clone();
        let kinds: Vec<&str> =
            findings.as_array().unwrap().iter().map(|f| f["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&"version") && kinds.contains(&"foreign_keys"), "{kinds:?}");
        assert!(findings.as_array().unwrap().iter().all(|f| f["severity"] == "ok"), "{findings}");
        assert!(!world.has_table("switchback_journal"), "it reads only");
    });
}

/// The program in a project with that switchback.toml.
fn project(world: &World, rest: &str, arguments: &[&str]) -> Ran {
    let folder = world.path().parent().unwrap().to_owned();
    let toml = format!("[database.app]\nmigrations = \"app\"\nurl_env = \"APP_URL\"\n{rest}");
    std::fs::write(folder.join("switchback.toml"), toml).unwrap();
    let mut command = Command::new(runner());
    command.args(arguments).current_dir(&folder).env_clear().env("APP_URL", world.url());
    command.env("PATH", std::env::var_os("PATH").unwrap()).env("PGPASSWORD", "s3cret");
    finish(&mut command)
}

#[test]
fn hooks_run_before_and_after_and_their_output_is_in_the_journal_without_secrets() {
    on_both(|world| {
        one(&world);
        let hooks = r#"
[database.app.hooks]
before = "env | sort > before.txt; echo paused"
after = ["sh", "-c", "echo $SWITCHBACK_DIRECTION to $SWITCHBACK_VERSION; cat url.txt"]
"#;
        // A password in the hook itself would be refused.
        let folder = world.path().parent().unwrap().to_owned();
        std::fs::write(folder.join("url.txt"), "postgres://a:s3cret@b/c\n").unwrap();
        project(&world, hooks, &["up"]).ok();
        let env = std::fs::read_to_string(folder.join("before.txt")).unwrap();
        assert!(
            env.contains("SWITCHBACK_DATABASE=app\n") && env.contains("SWITCHBACK_DIRECTION=up\n"),
            "{env}"
        );
        assert!(!env.contains("s3cret") && !env.contains("APP_URL"), "{env}");
        let log = world.connect().log(None).unwrap();
        let said: Vec<&str> =
            log.iter().filter(|r| r.event == "hook").map(|r| r.detail.as_deref().unwrap()).collect();
        assert!(said[0].starts_with("hook before done") && said[0].ends_with(": paused"), "{said:?}");
        assert!(said[1].contains("up to 1") && !said[1].contains("s3cret"), "{said:?}");
        // With nothing to do nobody is paused.
        std::fs::remove_file(folder.join("before.txt")).unwrap();
        project(&world, hooks, &["up"]).ok();
        assert!(!folder.join("before.txt").exists());
    });
}

#[test]
fn a_hook_before_that_fails_or_takes_too_long_stops_everything_untouched() {
    on_both(|world| {
        one(&world);
        for (before, said) in [
            ("before = \"echo not now >&2; exit 3\"", "the hook before failed (exit status: 3): not now"),
            ("before = \"sleep 60\"\ntime_limit = \"200ms\"", "the hook before took longer than 0.2 s"),
            ("before = [\"/no/such/program\"]", "the hook before cannot be started"),
        ] {
            let ran =
                project(&world, &format!("[database.app.hooks]\n{before}\n"), &["up", "--format", "json"]);
            let error = ran.fails().json()["error"].clone();
            assert!(error["message"].as_str().unwrap().starts_with(said), "{error}");
            assert!(!world.has_table("one") && !world.has_table("switchback_journal"));
        }
    });
}

#[test]
fn an_interrupt_ends_the_hook_before_and_nothing_is_touched() {
    on_both(|world| {
        one(&world);
        // Whoever called it gets the signal.
        let hooks = "[database.app.hooks]\nbefore = \"kill -INT $PPID; sleep 60; touch after\"\n";
        let begin = std::time::Instant::now();
        let ran = project(&world, hooks, &["up", "--format", "json"]);
        assert_eq!(ran.code, 130, "{ran:?}");
        assert!(begin.elapsed().as_secs() < 30);
        assert_eq!(ran.json()["error"]["message"], "the hook before was interrupted");
        assert!(!world.has_table("one") && !world.has_table("switchback_journal"));
        assert!(!world.path().parent().unwrap().join("after").exists());
    });
}

#[test]
fn the_hook_on_failure_runs_when_a_migration_fails() {
    on_both(|world| {
        one(&world);
        world.migration("V0002__bad", "CREATE TABLE one (id bigint);\n", "SELECT 1;\n");
        let hooks =
            "[database.app.hooks]\nafter = \"touch after\"\non_failure = \"touch failed; echo called\"\n";
        project(&world, hooks, &["up"]).fails();
        let folder = world.path().parent().unwrap().to_owned();
        assert!(folder.join("failed").exists() && !folder.join("after").exists());
        let log = world.connect().log(Some(1)).unwrap();
        assert!(log[0].detail.as_deref().unwrap().ends_with(": called"), "{log:?}");
    });
}

#[test]
fn a_hook_on_failure_that_fails_too_is_told_behind_what_failed_first() {
    on_both(|world| {
        one(&world);
        world.migration("V0002__bad", "CREATE TABLE one (id bigint);\n", "SELECT 1;\n");
        let hooks = "[database.app.hooks]\non_failure = \"echo still paused; exit 9\"\n";
        let both = |arguments: &[&str], first: &str| {
            let json = project(&world, hooks, &[arguments, &["--format", "json"]].concat()).fails().json();
            assert_eq!(json["error"], json["errors"][0]);
            assert_eq!(json["errors"][0]["kind"], first, "{json}");
            let said = json["errors"][1]["message"].as_str().unwrap();
            assert!(said.starts_with("the hook on_failure failed (exit status: 9): still paused"), "{json}");
        };
        both(&["up"], "statement");
        world.sql("INSERT INTO one (id) VALUES (1)");
        project(&world, "", &["backup"]).ok();
        // What a restore reads of the backup is held against its manifest behind the hook before.
        let folder = world.path().parent().unwrap().join("backups/app");
        let backup = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let manifest = std::fs::read_to_string(backup.join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        for file in manifest["files"].as_array().unwrap() {
            std::fs::write(backup.join(file["path"].as_str().unwrap()), "not what it was").unwrap();
        }
        both(&["restore", backup.to_str().unwrap(), "--yes"], "backup");
    });
}

#[test]
fn the_range_of_versions_is_read_from_the_configuration() {
    on_both(|world| {
        one(&world);
        let requires = "requires = { postgres = \">=99\", sqlite = \">=99\" }\n";
        let error = project(&world, requires, &["up", "--format", "json"]).fails().json()["error"].clone();
        assert_eq!(error["kind"], "check");
        assert!(error["message"].as_str().unwrap().contains("ask for >=99"), "{error}");
        let error = project(&world, "requires = { mysql = \"8\" }\n", &["up", "--format", "json"]);
        assert_eq!(error.fails().json()["error"]["kind"], "config");
        // No migration: nothing is asked for either.
        let none = Migrator::new(switchback::EmbeddedSet { name: "none", files: &[], rust: &[] });
        none.connect(world.url()).unwrap().up(Target::Latest).unwrap();
    });
}

#[test]
fn metrics_are_put_in_place_as_a_whole_by_what_reads_and_by_what_writes() {
    on_both(|world| {
        one(&world);
        let folder = world.path().parent().unwrap().to_owned();
        let read = || std::fs::read_to_string(folder.join("m.prom")).unwrap();
        let engine = world.dialect().as_str();
        let has = |name: &str, value: &str| {
            let line = format!("switchback_{name}{{database=\"app\",engine=\"{engine}\"}} {value}");
            assert!(read().lines().any(|l| l.starts_with(&line)), "{line} is not in\n{}", read());
        };
        world.run(&["status", "--metrics", "m.prom"]).ok();
        has("pending", "1");
        has("reachable", "1");
        assert!(!read().contains("duration_seconds{"), "nothing ran yet");
        world.run(&["up", "--metrics", "m.prom"]).ok();
        has("pending", "0");
        has("last_run_duration_seconds", "");
        assert!(!read().contains("failure_timestamp_seconds{"));
        world.migration("V0002__bad", "nonsense;\n", "SELECT 1;\n");
        world.run(&["up", "--metrics", "m.prom"]).fails();
        has("last_failure_timestamp_seconds", "");
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".switchback-")), "{left:?}");
        let error = world.run(&["status", "--metrics", "no/such/folder/m.prom", "--format", "json"]).fails();
        assert_eq!(error.json()["error"]["kind"], "io");
    });
}
