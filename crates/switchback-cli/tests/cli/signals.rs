//! Ctrl-C and SIGTERM.

use crate::place::{Place, until};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

/// A database whose second migration takes minutes.
fn slow() -> Place {
    let place = Place::with_app();
    place.migration(
        "app/V0002__tags",
        "CREATE TABLE tags AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000000) \
         SELECT max(i) FROM n;",
        "DROP TABLE tags;",
    );
    place
}

fn start(place: &Place) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut child = place
        .command(&["up", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("up 2 of 3") {
        line.clear();
        assert!(err.read_line(&mut line).unwrap() > 0, "it ended before the slow migration");
    }
    // Nothing is left to do but the statement: once time was spent on it, it runs.
    let before = time_of(&child);
    until("the slow statement", || time_of(&child) >= before + 5);
    (child, err)
}

/// The processor's time that it has taken so far, in hundredths of a second.
fn time_of(child: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    // Behind the name, which may have any signs: from the state on, user and system are the 12th and 13th.
    let (_, behind) = stat.rsplit_once(')').unwrap();
    behind.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

#[test]
fn the_first_signal_rolls_back_and_stops_with_130() {
    for name in ["INT", "TERM", "HUP"] {
        let place = slow();
        let (mut child, mut err) = start(&place);
        let begin = Instant::now();
        signal(&child, name);
        let code = child.wait().unwrap().code();
        assert!(begin.elapsed() < Duration::from_secs(20), "it stopped at once");
        let mut rest = String::new();
        err.read_to_string(&mut rest).unwrap();
        assert_eq!(code, Some(130), "{name}: {rest}");
        assert!(rest.contains("rolling back"), "{rest}");
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["error"]["kind"], "interrupted");
        assert_eq!(json["databases"][0]["migrations"][0]["version"], 1, "what was committed is shown");
        assert_eq!(place.counts(), [1, 2, 0], "and the rest is rolled back");
        let log = place.run(&["up", "--steps", "1", "--lock-wait", "0", "--dry-run"]).ok();
        assert!(log.out.contains("2 tags"));
    }
}

#[test]
fn a_second_signal_leaves_at_once_and_as_safely() {
    let place = slow();
    let (mut child, _err) = start(&place);
    signal(&child, "INT");
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(place.counts(), [1, 2, 0]);
}

#[test]
fn a_throwaway_database_is_gone_after_any_number_of_signals() {
    let place = Place::new();
    let mut child =
        place.command(&["scratch", "sqlite"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let file = url.trim().strip_prefix("sqlite:").unwrap().to_owned();
    assert!(std::path::Path::new(&file).parent().unwrap().exists());
    signal(&child, "INT");
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(0), "Ctrl-C is how it ends");
    assert!(!std::path::Path::new(&file).parent().unwrap().exists());
}

#[test]
fn the_command_of_a_throwaway_database_is_ended_with_it() {
    let place = Place::new();
    let script = "echo $DATABASE_URL > url; exec sleep 100";
    let mut child = place.command(&["scratch", "sqlite", "--", "sh", "-c", script]).spawn().unwrap();
    let url = || std::fs::read_to_string(place.path("url")).unwrap_or_default();
    until("a command that has written its URL", || url().ends_with('\n'));
    let begin = Instant::now();
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begin.elapsed() < Duration::from_secs(20));
    let file = url().trim().strip_prefix("sqlite:").unwrap().to_owned();
    assert!(!std::path::Path::new(&file).exists());
}
