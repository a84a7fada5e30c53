//! The journal's chain: what was written by hand is found and named.

use crate::program::{finish, runner};
use crate::support::{World, on_both};
use proptest::prelude::*;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use switchback::journal::{Anchor, JournalReport, LogFilter};
use switchback::{Connected, Dialect, Target, Value};

/// Three migrations up, one of them in steps, one down, one that fails.
pub fn busy(world: &World) {
    world
        .migration("V0001__a", "CREATE TABLE a (id bigint NOT NULL PRIMARY KEY);\nINSERT INTO a VALUES (1);\n", "DROP TABLE a;\n")
        .migration(
            "V0002__b",
            "-- switchback: step one\nCREATE TABLE b (id bigint);\n-- switchback: step two\nCREATE TABLE b2 (id bigint);\n",
            "-- switchback: step two\nDROP TABLE b2;\n-- switchback: step one\nDROP TABLE b;\n",
        )
        .migration("V0003__c", "CREATE TABLE c (id bigint);\n", "DROP TABLE c;\n");
    world.up();
    world.down(Target::Steps(1));
    world.up();
    world.migration("V0004__bad", "CREATE TABLE a (id bigint);\n", "SELECT 1;\n");
    world.try_up().unwrap_err();
    world.remove("V0004__bad");
}

fn verify(connected: &mut Connected) -> JournalReport {
    connected.verify_journal(None).unwrap()
}

fn kinds(report: &JournalReport) -> Vec<&'static str> {
    report.faults.iter().map(|f| f.kind).collect()
}

fn execute(connected: &mut Connected, sql: &str, values: &[Value]) -> switchback::Result<u64> {
    connected.transaction(|ctx| ctx.execute(sql, values))
}

const COLUMNS: [(&str, bool); 19] = [
    ("id", true),
    ("at", false),
    ("event", false),
    ("run", false),
    ("version", true),
    ("name", false),
    ("step", false),
    ("direction", false),
    ("sha256", false),
    ("down_sha256", false),
    ("actor", false),
    ("host", false),
    ("tool", false),
    ("duration_ms", true),
    ("row_count", true),
    ("plan", false),
    ("detail", false),
    ("prev", false),
    ("hash", false),
];

/// Makes the edit, looks, and takes it back; whether it changed anything at all.
fn is_found(connected: &mut Connected, row: i64, column: &str, new: &Value) -> bool {
    let query = format!("SELECT {column} FROM switchback_journal WHERE id = $1");
    let old = connected.transaction(|ctx| ctx.query(&query, &[row.into()])).unwrap()[0].values()[0].clone();
    let set = |to: &Value, at: i64, connected: &mut Connected| {
        execute(
            connected,
            &format!("UPDATE switchback_journal SET {column} = $1 WHERE id = $2"),
            &[to.clone(), at.into()],
        )
    };
    if old == *new || set(new, row, connected).is_err() {
        return true;
    }
    let now = match (column, new) {
        ("id", Value::Int(now)) => *now,
        _ => row,
    };
    let report = verify(connected);
    set(&old, now, connected).unwrap();
    let named = report.faults.iter().any(|f| f.row == Some(now) || f.row == Some(row));
    if !named {
        eprintln!("row {row}, {column}: {old:?} became {new:?}: {:?}", report.faults);
    }
    named
}

#[test]
fn slow_every_column_of_every_row_is_guarded() {
    on_both(|world| {
        busy(&world);
        let mut connected = world.connect();
        let rows = i64::try_from(verify(&mut connected).rows).unwrap();
        assert!(rows > 12, "{rows}");
        for row in 1..=rows {
            for (column, number) in COLUMNS {
                let edits: &[Value] = match number {
                    true => &[Value::Null, Value::Int(1000)],
                    false => &[Value::Null, Value::Text(String::new())],
                };
                for edit in edits {
                    assert!(is_found(&mut connected, row, column, edit));
                }
            }
        }
        assert_eq!(kinds(&verify(&mut connected)), [""; 0], "every edit was taken back");
    });
}

#[test]
fn any_edit_of_any_column_of_any_row_is_found_and_named() {
    on_both(|world| {
        busy(&world);
        let mut connected = world.connect();
        let rows = i64::try_from(verify(&mut connected).rows).unwrap();
        let edit = (1..=rows, 0..COLUMNS.len(), any::<i64>(), "[^\0]{0,20}");
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            cases: 40,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let connected = std::cell::RefCell::new(connected);
        runner
            .run(&edit, |(row, at, number, text)| {
                let (column, is_number) = COLUMNS[at];
                let new = if is_number { Value::Int(number) } else { Value::Text(text) };
                prop_assert!(is_found(&mut connected.borrow_mut(), row, column, &new));
                Ok(())
            })
            .unwrap();
    });
}

/// Puts rows back as they were before `tamper`, by copying the tables.
fn tampered(world: &World, connected: &mut Connected, tamper: &[&str]) -> Vec<String> {
    let tables = ["switchback_journal", "switchback_undo", "refinery_schema_history"];
    for table in tables {
        execute(connected, &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"), &[]).unwrap();
    }
    for sql in tamper {
        execute(connected, sql, &[]).unwrap_or_else(|e| panic!("{}: {sql}: {e}", world.dialect().as_str()));
    }
    let report = verify(connected);
    for table in tables {
        execute(connected, &format!("DELETE FROM {table}"), &[]).unwrap();
        execute(connected, &format!("INSERT INTO {table} SELECT * FROM kept_{table}"), &[]).unwrap();
        execute(connected, &format!("DROP TABLE kept_{table}"), &[]).unwrap();
    }
    report.faults.into_iter().map(|f| format!("{}: {}", f.kind, f.message)).collect()
}

#[test]
fn each_way_of_tampering_with_the_tables_is_named() {
    on_both(|world| {
        busy(&world);
        let mut connected = world.connect();
        let attempts: [(&str, &[&str]); 12] = [
            ("a row removed", &["DELETE FROM switchback_journal WHERE id = 3"]),
            ("several rows removed", &["DELETE FROM switchback_journal WHERE id BETWEEN 3 AND 5"]),
            ("the first row removed", &["DELETE FROM switchback_journal WHERE id = 1"]),
            (
                "a row removed and the rest renumbered",
                &[
                    "DELETE FROM switchback_journal WHERE id = 3",
                    "UPDATE switchback_journal SET id = 3 WHERE id = 4",
                ],
            ),
            (
                "two rows swapped",
                &[
                    "UPDATE switchback_journal SET id = 1000 WHERE id = 3",
                    "UPDATE switchback_journal SET id = 3 WHERE id = 4",
                    "UPDATE switchback_journal SET id = 4 WHERE id = 1000",
                ],
            ),
            (
                "a row inserted before the first",
                &[
                    "INSERT INTO switchback_journal (id, at, event, run, actor, host, tool, prev, hash) VALUES (0, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x')",
                ],
            ),
            (
                "a row inserted at the end",
                &[
                    "INSERT INTO switchback_journal (id, at, event, run, actor, host, tool, prev, hash) SELECT max(id) + 1, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' FROM switchback_journal",
                ],
            ),
            ("the whole journal removed", &["DELETE FROM switchback_journal"]),
            (
                "a version put into the history",
                &[
                    "UPDATE refinery_schema_history SET version = 9 WHERE version = 3",
                    "UPDATE switchback_undo SET version = 9 WHERE version = 3",
                ],
            ),
            (
                "a version taken out of the history",
                &["DELETE FROM refinery_schema_history WHERE version = 2"],
            ),
            (
                "another way down stored",
                &["UPDATE switchback_undo SET body = 'DROP TABLE everything;' WHERE version = 1"],
            ),
            (
                "another way down stored with another digest",
                &["UPDATE switchback_undo SET down_sha256 = up_sha256 WHERE version = 1"],
            ),
        ];
        let mut told = String::new();
        for (name, sql) in attempts {
            let faults = tampered(&world, &mut connected, sql);
            assert!(!faults.is_empty(), "{name}");
            told.push_str(&format!("{name}\n  {}\n", faults.join("\n  ")));
        }
        // Hashes are over moments and names of hosts: no message may hold one here.
        insta::assert_snapshot!("tampering_with_tables", told);
        assert_eq!(kinds(&verify(&mut connected)), [""; 0]);
    });
}

#[test]
fn a_row_that_was_rewritten_with_its_own_hash_breaks_the_chain_behind_it() {
    on_both(|world| {
        busy(&world);
        let mut connected = world.connect();
        // The last row of another database is whole by itself.
        let other = World::new(world.dialect());
        busy(&other);
        let take = |column: &str| {
            other.rows(&format!("SELECT {column} FROM switchback_journal WHERE id = 4"))[0].values()[0]
                .clone()
        };
        for (column, _) in COLUMNS.iter().filter(|(column, _)| *column != "id") {
            let sql = format!("UPDATE switchback_journal SET {column} = $1 WHERE id = 4");
            execute(&mut connected, &sql, &[take(column)]).unwrap();
        }
        let report = verify(&mut connected);
        assert_eq!(kinds(&report), ["replaced", "replaced"], "{:?}", report.faults);
    });
}

#[test]
fn a_tail_that_was_removed_is_found_against_an_anchor_alone() {
    on_both(|world| {
        busy(&world);
        let anchored = world.run(&["log", "--anchor", "anchor.json", "--format", "json"]).ok().json();
        let row = anchored["databases"][0]["anchor"]["row"].as_i64().unwrap();
        world.run(&["log", "--verify", "--anchor", "anchor.json"]).ok();
        // It may grow, and the anchor with it.
        world.up();
        world.down(Target::Steps(1));
        world.run(&["log", "--verify", "--anchor", "anchor.json"]).ok();
        let mut connected = world.connect();
        execute(&mut connected, "DELETE FROM switchback_journal WHERE id > $1", &[(row - 1).into()]).unwrap();
        // What was removed is told by nothing else but a run that failed.
        let ran =
            world.run(&["log", "--verify", "--anchor", "anchor.json", "--format", "json"]).one_sentence();
        assert_eq!(ran["kind"], "journal");
        let message = ran["message"].as_str().unwrap();
        assert!(message.contains("the tail was removed"), "{message}");
        // Nor is the anchor moved over it.
        let ran = world.run(&["log", "--anchor", "anchor.json", "--format", "json"]).one_sentence();
        assert_eq!(ran["kind"], "journal");
        world.run(&["log", "--verify", "--anchor", "none.json", "--format", "json"]).one_sentence();
    });
}

#[test]
fn an_anchor_of_another_history_is_no_anchor() {
    on_both(|world| {
        busy(&world);
        let mut connected = world.connect();
        let good = connected.anchor().unwrap().unwrap();
        assert!(connected.verify_journal(Some(&good)).unwrap().faults.is_empty());
        for (anchor, says) in [
            (Anchor { hash: "sha256:0".to_owned(), ..good.clone() }, "was rewritten"),
            (Anchor { row: good.row + 5, ..good.clone() }, "the tail was removed"),
        ] {
            let report = connected.verify_journal(Some(&anchor)).unwrap();
            assert_eq!(kinds(&report), ["anchor"]);
            assert!(report.faults[0].message.contains(says), "{:?}", report.faults);
        }
    });
}

#[test]
fn what_refinery_applied_before_is_no_fault() {
    on_both(|world| {
        busy(&world);
        world.sql(
            "DROP TABLE switchback_journal;\nDROP TABLE switchback_undo;\nDROP TABLE switchback_progress",
        );
        let report = verify(&mut world.connect());
        assert_eq!((kinds(&report), report.adopted), (vec![], vec![1, 2, 3]));
        world.migration("V0004__d", "CREATE TABLE d (id bigint);\n", "DROP TABLE d;\n");
        world.up();
        let report = verify(&mut world.connect());
        assert_eq!((kinds(&report), report.adopted), (vec![], vec![1, 2, 3]));
    });
}

#[test]
fn the_journal_of_an_untouched_database_is_empty_and_verifying_it_creates_nothing() {
    on_both(|world| {
        world.migration("V0001__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n");
        let report = world.connect().verify_journal(None).unwrap();
        assert_eq!((report.rows, report.head, report.faults.len()), (0, None, 0));
        assert!(!world.has_table("switchback_journal"));
    });
}

#[test]
fn the_log_is_filtered_by_time_event_version_and_run() {
    on_both(|world| {
        busy(&world);
        let mut connected = world.connect();
        let all = connected.log(None).unwrap();
        let count =
            |connected: &mut Connected, filter: LogFilter| connected.log_filtered(&filter).unwrap().len();
        let failed = LogFilter { events: vec!["failed".to_owned()], ..LogFilter::default() };
        assert_eq!(count(&mut connected, failed), 1);
        let second = LogFilter { version: Some(2), limit: Some(1), ..LogFilter::default() };
        let rows = connected.log_filtered(&second).unwrap();
        assert_eq!((rows.len(), rows[0].step.as_deref()), (1, Some("two")));
        let run = all[0].run.clone();
        let of_run = all.iter().filter(|e| e.run == run).count();
        let filter = LogFilter { run: Some(run[..8].to_owned()), ..LogFilter::default() };
        assert_eq!(count(&mut connected, filter), of_run);
        let filter = LogFilter { after: Some(3), ..LogFilter::default() };
        assert_eq!(count(&mut connected, filter), all.len() - 3);
        for (since, expected) in [("2000-01-01", all.len()), ("1h", all.len()), ("2100-01-01T00:00:00Z", 0)] {
            let ran = world.run(&["log", "--since", since, "--format", "json"]).ok().json();
            assert_eq!(ran["databases"][0]["entries"].as_array().unwrap().len(), expected, "{since}");
        }
        let lines = world.run(&["log", "--json-lines", "--event", "failed"]).ok().out;
        assert_eq!(lines.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&lines).unwrap();
        assert_eq!((line["database"].as_str(), line["event"].as_str()), (Some("app"), Some("failed")));
    });
}

#[test]
fn following_the_log_shows_new_rows_until_ctrl_c_ends_it_well() {
    on_both(|world| {
        world.migration("V0001__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n");
        world.up();
        let mut child = world
            .command_of(runner(), &["log", "--follow", "--json-lines"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut next =
            || -> serde_json::Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
        let mut ids = Vec::new();
        while ids.len() < 3 {
            ids.push(next()["id"].as_i64().unwrap());
        }
        world.down(Target::Steps(1));
        ids.extend((0..3).map(|_| next()["id"].as_i64().unwrap()));
        assert_eq!(ids, [1, 2, 3, 4, 5, 6]);
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let begin = Instant::now();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(begin.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn following_the_log_goes_on_when_the_server_ends_the_connection_for_a_restore() {
    let world = World::new(Dialect::Postgres);
    world.migration("V0001__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n");
    world.up();
    let made = world.run(&["backup", "--format", "json"]).ok().json();
    let made = made["databases"][0]["path"].as_str().unwrap().to_owned();
    let mut child = world
        .command_of(runner(), &["log", "--follow", "--json-lines"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("run_finished")));
    let restored =
        world.run(&["restore", &made, "--yes", "--end-connections", "--format", "json"]).ok().json();
    assert_eq!(restored["databases"][0]["ended"].as_array().unwrap().len(), 1, "{restored}");
    assert!(lines.any(|line| line.contains("\"restored\"")));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("connecting anew"), "{said}");
}

#[test]
fn verifying_ends_with_1_and_names_the_row_in_text_and_json() {
    let world = World::new(Dialect::Sqlite);
    busy(&world);
    world.run(&["log", "--verify"]).ok();
    world.sql("UPDATE switchback_journal SET actor = 'nobody' WHERE id = 4");
    let ran = finish(&mut world.command(&["log", "--verify"])).fails();
    assert!(ran.out.contains("altered  row 4 is not what its hash says"), "{ran:?}");
    let ran = world.run(&["log", "--verify", "--format", "json"]);
    let json = ran.json();
    assert_eq!(json["databases"][0]["faults"][0]["row"], 4);
    assert_eq!(json["error"]["kind"], "journal");
}
