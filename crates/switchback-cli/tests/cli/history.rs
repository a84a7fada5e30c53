//! The ordinary life of a database.

use crate::place::Place;

#[test]
fn up_status_down_and_redo_go_there_and_back() {
    let place = Place::with_app();
    assert_eq!(place.run(&["status", "--exit-code"]).code, 3, "all is pending");
    let up = place.run(&["up"]).ok();
    assert!(up.out.contains("3 migrations, 3 steps, 3 changes, 1 row in "), "{}", up.out);
    assert!(up.err.contains("app: up 3 of 3: V3__one"), "progress goes to stderr: {}", up.err);
    assert_eq!(place.counts(), [3, 0, 0]);
    assert_eq!(place.run(&["status", "--exit-code"]).code, 0);
    assert!(place.run(&["up"]).ok().out.contains("nothing to do"));

    let down = place.run(&["down", "--format", "json"]).ok().json();
    assert_eq!(down["databases"][0]["direction"], "down");
    assert_eq!(down["databases"][0]["migrations"][0]["version"], 3);
    assert_eq!(place.counts(), [2, 1, 0]);

    let redo = place.run(&["redo", "--format", "json"]).ok().json();
    let directions: Vec<&str> =
        redo["databases"].as_array().unwrap().iter().map(|d| d["direction"].as_str().unwrap()).collect();
    assert_eq!(directions, ["down", "up"]);
    assert_eq!(place.counts(), [2, 1, 0], "redo brings back what it took, and no more");

    place.run(&["down", "--to", "0"]).ok();
    assert_eq!(place.counts(), [0, 3, 0]);
    place.run(&["up", "--to", "2"]).ok();
    place.run(&["up", "--steps", "1"]).ok();
    assert_eq!(place.counts(), [3, 0, 0]);
    place.run(&["down", "--steps", "2"]).ok();
    assert_eq!(place.counts(), [1, 2, 0]);

    let log = place.run(&["log", "--format", "json"]).ok().json();
    assert!(log["databases"][0]["entries"].as_array().unwrap().len() > 10);
    let two = place.run(&["log", "--limit", "2", "--format", "json"]).ok().json();
    assert_eq!(two["databases"][0]["entries"].as_array().unwrap().len(), 2);
}

#[test]
fn a_plan_shows_the_way_and_writes_nothing() {
    let place = Place::with_app();
    for arguments in
        [&["plan"][..], &["plan", "--sql"], &["up", "--dry-run"], &["up", "--dry-run", "--steps", "1"]]
    {
        assert!(place.run(arguments).ok().out.contains("CREATE TABLE users"), "{arguments:?}");
    }
    assert!(!place.path("dev/app.db").exists(), "reading creates no database");
    let out = place.run(&["plan", "--steps", "2", "--out", "plan.json", "--format", "json"]).ok();
    assert_eq!(place.read("plan.json"), out.out);
    assert_eq!(out.json()["plans"][0]["to"], 2);
    place.run(&["up"]).ok();
    let down = place.run(&["plan", "--down", "--to", "1", "--sql"]).ok().out;
    assert!(down.find("DELETE FROM users").unwrap() < down.find("DROP TABLE tags").unwrap(), "{down}");
    assert!(place.run(&["plan", "--out", "no/such/folder.json"]).fails().err.contains("cannot be written"));
}

#[test]
fn checks_fail_the_command_when_they_find_rows() {
    let place = Place::with_app();
    place.write("app/V0003__one/checks.sql", "-- no user is called 2\nSELECT * FROM users WHERE id = 2;\n");
    place.run(&["up"]).ok();
    assert!(place.run(&["check"]).ok().out.contains("1 check, all good"));
    place.migration("app/V0004__two", "INSERT INTO users VALUES (2);", "DELETE FROM users WHERE id = 2;");
    place.run(&["up"]).ok();
    let check = place.run(&["check", "--format", "json"]).fails().json();
    assert_eq!(check["databases"][0]["checks"][0]["rows"], 1);
    assert_eq!(check["error"]["kind"], "check");
}

#[test]
fn a_changed_file_is_a_problem_that_repair_accepts_only_with_a_yes() {
    let place = Place::with_app();
    place.run(&["up"]).ok();
    place.write("app/V0002__tags/up.sql", "CREATE TABLE tags (id integer PRIMARY KEY); -- better\n");
    assert_eq!(place.run(&["status"]).ok().code, 0);
    assert_eq!(place.run(&["status", "--exit-code"]).code, 1);
    let up = place.run(&["up", "--format", "json"]).fails().json();
    assert_eq!(up["error"]["kind"], "diverged");

    let refused = place.run(&["repair", "--accept", "2"]).fails();
    assert!(refused.err.contains("--yes") && refused.err.contains("no terminal"), "{}", refused.err);
    assert!(refused.out.contains("would write"), "it says what it would write: {}", refused.out);
    assert_eq!(place.counts(), [3, 0, 1], "and wrote nothing");

    let repaired = place.run(&["repair", "--accept", "2", "--yes", "--format", "json"]).ok().json();
    assert!(!repaired["databases"][0]["writes"].as_array().unwrap().is_empty());
    assert_eq!(place.counts(), [3, 0, 0]);
    assert!(place.run(&["repair", "--step-done", "--yes"]).fails().err.contains("no step was interrupted"));
}

#[test]
fn a_baseline_records_without_running_and_only_with_a_yes() {
    let place = Place::with_app();
    place.write("dev/app.db", "");
    assert!(place.run(&["baseline", "2"]).fails().err.contains("--yes"));
    assert_eq!(place.counts(), [0, 3, 0]);
    let done = place.run(&["baseline", "2", "--yes"]).ok();
    assert!(done.out.contains("V1__users") && done.out.contains("V2__tags"), "{}", done.out);
    assert_eq!(place.counts(), [2, 1, 0]);
    assert!(place.run(&["up"]).fails().err.contains("users"), "the table was never created");
    assert!(place.run(&["baseline", "3", "--yes"]).fails().err.contains("history"));
}
