//! What is seen when something goes wrong.

use crate::place::Place;
use std::process::Command;

#[test]
fn a_failing_statement_is_shown_with_its_line_and_what_was_applied_before_it() {
    let place = Place::with_app();
    place.write(
        "app/V0003__one/up.sql",
        "-- one\nINSERT INTO users VALUES (1);\nINSERT INTO nowhere VALUES (1);\n",
    );
    let up = place.run(&["up"]).fails();
    assert!(up.out.contains("1 users") && up.out.contains("2 tags"), "what was applied is shown: {}", up.out);
    assert!(!up.out.contains("3 one"), "{}", up.out);
    assert!(up.err.contains("app/V0003__one/up.sql:3:"), "{}", up.err);
    assert!(up.err.contains("^^^") && up.err.contains("INSERT INTO nowhere"), "{}", up.err);
    assert_eq!(place.counts(), [2, 1, 0]);

    let json = place.run(&["up", "--format", "json"]).fails();
    assert!(json.err.contains("nowhere"), "people still read stderr: {}", json.err);
    let error = &json.json()["error"];
    assert_eq!((error["kind"].as_str(), error["line"].as_u64()), (Some("statement"), Some(3)));
    assert_eq!(error["file"], "app/V0003__one/up.sql");
    assert_eq!(error["database"], "app");

    place.write("app/V0003__one/up.sql", "INSERT INTO users VALUES (1);\n");
    place.run(&["up"]).ok();
    assert_eq!(place.counts(), [3, 0, 0]);
}

#[test]
fn json_of_a_failed_up_holds_what_was_committed_and_the_error() {
    let place = Place::with_app();
    place.write("app/V0003__one/up.sql", "INSERT INTO nowhere VALUES (1);\n");
    let json = place.run(&["up", "--format", "json", "--progress", "none"]).fails().json();
    let done: Vec<i64> = json["databases"][0]["migrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["version"].as_i64().unwrap())
        .collect();
    assert_eq!(done, [1, 2]);
    assert_eq!(json["error"]["kind"], "statement");
}

#[test]
fn usage_has_its_own_exit_code_and_json() {
    let place = Place::new();
    assert_eq!(place.run(&["up", "--no-such"]).code, 2);
    assert_eq!(place.run(&[]).code, 2);
    assert_eq!(place.run(&["repair"]).code, 2);
    assert_eq!(place.run(&["up", "--to", "1", "--steps", "1"]).code, 2);
    assert_eq!(place.run(&["up", "--lock-wait", "30"]).code, 2);
    // Further off than any calendar goes.
    assert_eq!(place.run(&["log", "--since", "9223372036854775s"]).code, 2);
    assert_eq!(place.run(&["plan", "--out", "plan.json", "--expires", "99999999h"]).code, 2);
    let json = place.run(&["down", "--to", "x", "--format=json"]);
    assert_eq!((json.code, json.json()["error"]["kind"].as_str()), (2, Some("usage")));
    assert_eq!(place.run(&["--help"]).ok().err, "");
    assert!(place.run(&["--version"]).ok().out.starts_with("switchback "));
}

#[test]
fn a_backup_that_is_named_is_not_passed_over_for_the_way_down() {
    let place = Place::with_app();
    place.run(&["up"]).ok();
    let ran = place.run(&["rollback", "--by", "down", "--backup", "x", "--yes"]).fails();
    assert!(ran.err.contains("--by down takes none"), "{}", ran.err);
    assert_eq!(place.counts(), [3, 0, 0]);
}

#[test]
fn nothing_is_created_by_commands_that_need_a_database() {
    let place = Place::with_app();
    for arguments in
        [&["down"][..], &["redo"], &["baseline", "1", "--yes"], &["repair", "--accept", "1", "--yes"]]
    {
        let ran = place.run(arguments).fails();
        assert!(ran.err.contains("the database dev/app.db does not exist"), "{}", ran.err);
    }
    assert!(!place.path("dev").exists());
    let wrong = place.run(&["up", "--url", "sqlite:no/such/folder/x.db"]).fails();
    assert!(!wrong.err.is_empty() && !place.path("no").exists(), "a folder of a mistyped URL is not created");
}

#[test]
fn no_stream_shows_a_password() {
    let place = Place::with_app();
    let url = "postgres://ada:s3cret@127.0.0.1:1/app?connect_timeout=2";
    for arguments in [
        &["up", "--url", url, "-vvv"][..],
        &["status", "--url", url, "--format", "json"],
        &["down", "--url", url, "--progress", "json"],
        &["up", "--url", url, "--no-such-option"],
        &["up", url],
    ] {
        let ran = place.run(arguments);
        assert_ne!(ran.code, 0);
        assert!(!ran.out.contains("s3cret") && !ran.err.contains("s3cret"), "{arguments:?}: {ran:?}");
    }
    let ran = place.run_with(&[("DATABASE_URL", url)], &["up", "--migrations", "app", "-vvv"]).fails();
    assert!(!ran.out.contains("s3cret") && !ran.err.contains("s3cret"), "{ran:?}");
    place.write("app/V0004__x/up.sql", "SELECT 'postgres://ada:s3cret@db/app' FROM nowhere;\n");
    place.write("app/V0004__x/down.sql", "-- nothing\n");
    let ran = place.run(&["up"]).fails();
    assert!(!ran.out.contains("s3cret") && !ran.err.contains("s3cret"), "{ran:?}");
}

#[test]
fn bad_files_stop_everything_before_anything_is_applied() {
    let place = Place::with_app();
    place.write("app/V0004__x/up.sql", "CREATE TABLE x (id integer);\n");
    let up = place.run(&["up", "--format", "json"]).fails().json();
    assert_eq!(up["error"]["kind"], "source");
    assert!(up["error"]["file"].as_str().unwrap().starts_with("app/V0004__x"), "{up}");
    assert!(!place.path("dev/app.db").exists());
}

#[test]
fn metrics_are_no_second_error_and_take_the_place_of_nothing_that_is_no_file() {
    let nowhere = Place::new();
    let ran = nowhere.run(&["status", "--metrics", "m.prom"]).fails();
    assert_eq!(ran.err.matches("there is no switchback.toml").count(), 1, "{}", ran.err);
    let place = Place::with_app();
    std::fs::create_dir(place.path("pipes")).unwrap();
    assert!(Command::new("mkfifo").arg(place.path("pipes/m.prom")).status().unwrap().success());
    let ran = place.run(&["status", "--metrics", "pipes/m.prom"]).fails();
    assert!(ran.err.contains("what is there is no file"), "{}", ran.err);
    assert!(!place.path("pipes/m.prom").metadata().unwrap().is_file());
    std::os::unix::fs::symlink("real.prom", place.path("m.prom")).unwrap();
    place.write("real.prom", "old");
    place.run(&["status", "--metrics", "m.prom"]).ok();
    assert!(place.read("real.prom").contains("switchback_pending"), "what a link names is replaced");
}

#[test]
fn grants_are_for_no_database_that_is_not_there() {
    let roles = ["--migrator", "m", "--application", "a"];
    let grants = |place: &Place, more: &[&str]| place.run(&[&["grants"], &roles[..], more].concat());
    let place = Place::new();
    grants(&place, &[]).ok();
    place.write("switchback.toml", "[database.app]\nurl = \"postgres://a@h/d\"\nschema = \"x\"\n");
    assert!(grants(&place, &[]).ok().out.contains("ALTER SCHEMA \"x\""));
    assert!(grants(&place, &["--database", "ap"]).fails().err.contains("there is no database ap"));
    place.write("switchback.toml", "[database.app]\nscheme = \"x\"\n");
    assert!(grants(&place, &[]).fails().err.contains("scheme"));
}
