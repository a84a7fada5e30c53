//! stdout is for results, stderr for the rest.

use crate::place::{Place, finish};
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::with_app();
    place.run(&["up"]).ok();
    for arguments in [
        &["log"][..],
        &["status", "--format", "json"],
        &["completions", "bash"],
        &["--help"],
        &["export", "users", "--format", "csv"],
        &["export", "users", "--format", "jsonl"],
    ] {
        let mut child =
            place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_a_full_disk_does_not_take_is_a_failure() {
    let place = Place::with_app();
    for arguments in [&["status"][..], &["plan", "--sql"], &["plan", "--format", "json"], &["man"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = place.command(arguments).stdout(full).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {err}");
        assert!(err.contains("the result cannot be written to stdout: No space left"), "{err}");
    }
}

/// A `log --follow`, and what it says. It ends with it.
struct Followed {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Followed {
    fn new(place: &Place, more: &[&str]) -> Followed {
        let arguments = [&["log", "--follow"], more].concat();
        let mut child = place.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Followed { child, lines }
    }

    fn next(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// Reads on until a line has that in it.
    #[track_caller]
    fn until(&mut self, part: &str) {
        while !self.next().contains(part) {}
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last row of the journal.
fn newest(place: &Place) -> serde_json::Value {
    let log = place.run(&["log", "--limit", "1", "--format", "json"]).ok().json();
    log["databases"][0]["entries"][0].clone()
}

#[test]
fn the_log_is_followed_from_a_database_that_is_not_there_yet_and_from_its_end() {
    let place = Place::with_app();
    for (more, command) in [(&[][..], "up"), (&["--limit", "0"], "down")] {
        let mut followed = Followed::new(&place, more);
        // The heading says that it has looked.
        assert!(followed.next().starts_with("app (sqlite"));
        place.run(&[command]).ok();
        let first = followed.next();
        assert!(first.contains("run_started") && first.contains(&format!(" {command} ")), "{first}");
    }
}

#[test]
fn the_log_is_followed_through_a_restore_which_takes_the_journal_back() {
    let place = Place::with_app();
    place.run(&["up", "--steps", "1"]).ok();
    place.run(&["backup"]).ok();
    for command in ["up", "down", "up"] {
        place.run(&[command]).ok();
    }
    let mut followed = Followed::new(&place, &["--json-lines"]);
    // A row that was shown was seen.
    followed.until(newest(&place)["hash"].as_str().unwrap());
    let backup =
        std::fs::read_dir(place.path("backups/app")).unwrap().map(|e| e.unwrap().path()).min().unwrap();
    place.run(&["restore", backup.to_str().unwrap(), "--yes"]).ok();
    followed.until("\"restored\"");
}

#[test]
fn the_log_is_followed_through_a_restore_after_which_the_journal_is_as_long_as_before() {
    let place = Place::with_app();
    place.run(&["up", "--steps", "1"]).ok();
    place.run(&["backup"]).ok();
    // A row more than the backup has.
    place.run(&["up", "--plan", "no_such_plan"]).fails();
    let before = newest(&place);
    assert_eq!(before["event"], "refused");
    let mut followed = Followed::new(&place, &["--json-lines"]);
    followed.until(before["hash"].as_str().unwrap());
    place.run(&["restore", "--yes"]).ok();
    let after = newest(&place);
    assert_eq!((&after["id"], after["event"].as_str()), (&before["id"], Some("restored")));
    assert!(followed.next().contains("\"id\":1,"));
    followed.until(after["hash"].as_str().unwrap());
}

#[test]
fn the_log_is_followed_past_the_time_in_which_somebody_keeps_readers_out() {
    let place = Place::with_app();
    place.run(&["up", "--steps", "1"]).ok();
    let mut followed = Followed::new(&place, &["--json-lines"]);
    followed.until("\"run_finished\"");
    let holder = rusqlite::Connection::open(place.path("dev/app.db")).unwrap();
    holder.execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").unwrap();
    // Longer than a reader waits.
    std::thread::sleep(Duration::from_secs(7));
    holder.execute_batch("ROLLBACK").unwrap();
    place.run(&["down"]).ok();
    followed.until("\"reverted\"");
}

#[test]
fn a_journal_in_which_nothing_matches_is_not_called_empty() {
    let place = Place::with_app();
    assert!(place.run(&["log", "--event", "failed"]).ok().out.contains("the journal is empty"));
    place.run(&["up"]).ok();
    for arguments in [&["log", "--event", "failed"][..], &["log", "--limit", "0"]] {
        assert!(place.run(arguments).ok().out.contains("no row matches"), "{arguments:?}");
    }
}

#[test]
fn progress_is_lines_json_or_nothing() {
    let place = Place::with_app();
    let steps = ["up", "--steps", "1", "--progress"];
    assert!(place.run(&[&steps[..], &["plain"]].concat()).ok().err.contains("app: up 1 of 1: V1__users"));
    let json = place.run(&[&steps[..], &["json"]].concat()).ok();
    for line in json.err.lines() {
        assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap()["database"], "app");
    }
    assert!(json.err.contains("\"event\":\"migration_finished\""), "{}", json.err);
    assert_eq!(place.run(&[&steps[..], &["none"]].concat()).ok().err, "");
    assert_eq!(place.run(&["down", "-q"]).ok().err, "");
}

#[test]
fn colour_comes_only_when_it_is_wanted() {
    let place = Place::with_app();
    assert!(!place.run(&["status"]).ok().out.contains('\u{1b}'));
    assert!(place.run(&["status", "--color", "always"]).ok().out.contains('\u{1b}'));
    assert!(place.run_with(&[("CLICOLOR_FORCE", "1")], &["status"]).ok().out.contains('\u{1b}'));
    let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert!(!place.run_with(&both, &["status"]).ok().out.contains('\u{1b}'));
    assert!(place.run(&["--help", "--color", "always"]).ok().out.contains('\u{1b}'));
    assert!(place.run(&["down", "--color=always"]).fails().err.contains('\u{1b}'));
}

#[test]
fn logs_go_to_stderr_and_only_when_they_are_asked_for() {
    let place = Place::with_app();
    let quiet = place.run(&["up", "--progress", "none"]).ok();
    assert_eq!(quiet.err, "");
    let loud = place.run(&["down", "--progress", "none", "-vvv", "--format", "json"]).ok();
    assert_eq!(loud.json()["databases"][0]["database"], "app");
}

#[test]
fn a_throwaway_sqlite_lives_as_long_as_its_command() {
    let place = Place::with_app();
    let program = crate::place::program().display().to_string();
    let script = format!("'{program}' up --migrations app && echo \"$DATABASE_URL\" > url && exit 7");
    let ran = finish(&mut place.command(&["scratch", "sqlite", "--", "sh", "-c", &script]));
    assert_eq!(ran.code, 7, "{ran:?}");
    let file = place.read("url").trim().trim_start_matches("sqlite:").to_owned();
    assert!(!std::path::Path::new(&file).exists(), "{file} is gone");
    let none = place.run(&["scratch", "sqlite", "--", "no-such-program"]).fails();
    assert!(none.err.contains("no-such-program"), "{}", none.err);
    assert!(place.run(&["scratch", "sqlite", "--scratch-url", "x"]).fails().err.contains("needs no server"));
}
