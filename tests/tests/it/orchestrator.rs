//! The orchestrator: legacy breakdowns become generic tasks.

mod down;
mod legacy;
mod oracle;

use crate::shipped::{Shipped, interrupted_after, on_both};
use legacy::{breakdown, edges, fixed, handmade, hostile, moment, rejects, subtask};
use serde_json::{Value as Json, json};
use switchback::{Dialect, ErrorKind, Report, Target};
use switchback_migrations::ORCHESTRATOR;
use time::macros::datetime;

fn details(report: &Report) -> &Json {
    report.migrations.iter().find(|m| m.version == 3).unwrap().details.as_ref().unwrap()
}

#[test]
fn every_row_of_every_table_is_back_after_the_way_down() {
    on_both(|dialect| {
        let orchestrator = hostile(dialect);
        let before = (orchestrator.content(), orchestrator.schema());
        orchestrator.up();
        orchestrator.assert_checks_hold();
        let migrated = (orchestrator.content(), orchestrator.schema());
        orchestrator.down_to(1);
        assert_eq!((orchestrator.content(), orchestrator.schema()), before);
        orchestrator.up();
        assert_eq!((orchestrator.content(), orchestrator.schema()), migrated);
    });
}

#[test]
fn an_empty_orchestrator_passes_every_command() {
    on_both(|dialect| {
        let orchestrator = Shipped::new(dialect, ORCHESTRATOR);
        let schema = orchestrator.schema();
        let report = orchestrator.up();
        assert_eq!(details(&report)["breakdowns"], json!({"processed": 0, "migrated": 0, "rejected": 0}));
        orchestrator.assert_checks_hold();
        orchestrator.down_to(1);
        assert_eq!(orchestrator.schema(), schema);
    });
}

#[test]
fn a_run_that_is_interrupted_at_any_batch_goes_on_to_the_same_end_or_back() {
    on_both(|dialect| {
        let whole = hostile(dialect).with("batch_size", "100");
        let before = (whole.content(), whole.schema());
        whole.up();
        let migrated = (whole.content(), whole.schema());
        // 2 batches of breakdowns, then 8 of subtasks three times over.
        for batches in [1, 2, 3, 9, 11, 14, 19, 24, 26] {
            let orchestrator = hostile(dialect).with("batch_size", "100");
            let e = interrupted_after(&orchestrator, batches).up(Target::Latest).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Interrupted, "{e}");
            let kinds: Vec<&str> =
                orchestrator.connect().status().unwrap().problems.iter().map(|p| p.kind).collect();
            assert_eq!(kinds, ["in_progress"]);
            if batches % 2 == 1 {
                orchestrator.down_to(1);
                assert_eq!((orchestrator.content(), orchestrator.schema()), before, "after {batches}");
            }
            let report = orchestrator.up();
            assert_eq!((orchestrator.content(), orchestrator.schema()), migrated, "after {batches}");
            assert_eq!(details(&report)["records"].as_array().unwrap().len(), 120 + 750);
        }
    });
}

#[test]
fn records_become_tasks_with_every_attribute() {
    on_both(|dialect| {
        let orchestrator = fixed(Shipped::new(dialect, ORCHESTRATOR));
        let long =
            "Überall größere Aufgaben: 日本語 🦀 \"quoted\" back\\slash and more than fifty characters";
        breakdown(&orchestrator, "b-1", long);
        let (at, done) = (datetime!(2024-01-02 00:00 UTC), datetime!(2024-02-03 04:05:06 UTC));
        orchestrator
            .execute(
                "INSERT INTO subtasks VALUES ('s-1', 'b-1', 'Titel', 'Beschreibung', 'tester', $1, '2h', 'completed', 'fine',
                    $2, 7, 'passed', $3, $4), ('s-2', 'b-1', 'bare', NULL, NULL, '[]', NULL, 'pending', NULL,
                    NULL, NULL, NULL, $3, NULL)",
                &[
                    "[\"s-2\", \"s-2\", \"b-1\"]".into(),
                    "[{\"path\": \"ä/b\", \"size\": 12345678901234567890.25}, null]".into(),
                    moment(dialect, at),
                    moment(dialect, done),
                ],
            )
            .unwrap();
        orchestrator.up();
        let tasks: Vec<Json> = orchestrator
            .rows("SELECT task_id, task_type, parent_task_id, attributes, status, created_at, updated_at FROM generic_tasks ORDER BY task_id")
            .iter()
            .map(|row| {
                let (id, kind): (String, String) = (row.at(0).unwrap(), row.at(1).unwrap());
                let at = |i| row.at::<time::OffsetDateTime>(i).unwrap().to_string();
                json!([id, kind, row.at::<Option<String>>(2).unwrap(), row.at::<Json>(3).unwrap(), row.at::<String>(4).unwrap(), at(5), at(6)])
            })
            .collect();
        let links: Vec<String> = orchestrator.texts(
            "SELECT task_id || ' ' || dependency_task_id || ' ' || dependency_type || ': ' || description FROM task_dependencies ORDER BY 1",
        );
        insta::assert_json_snapshot!("tasks_and_links", (&tasks, &links));
        // No digit was lost, which a detour over a float would have done.
        let attributes =
            orchestrator.texts("SELECT CAST(attributes AS text) FROM generic_tasks WHERE task_id = 's-1'");
        assert!(attributes[0].contains("12345678901234567890.25"), "{attributes:?}");
        orchestrator.assert_checks_hold();
    });
}

#[test]
fn what_cannot_be_converted_is_kept_with_its_row_reason_and_time() {
    on_both(|dialect| {
        let orchestrator = handmade(
            dialect,
            &[
                ("good", "pending", Some("[]")),
                ("status", "done-ish", None),
                ("missing", "pending", Some("[\"good\", \"nowhere\"]")),
                ("malformed", "pending", Some("[\"good")),
                ("no-list", "pending", Some("{\"on\": \"good\"}")),
                ("numbers", "pending", Some("[1, 2]")),
                ("b", "pending", None),
                ("needs-missing", "pending", Some("[\"missing\"]")),
                ("needs-it-too", "pending", Some("[\"good\", \"needs-missing\"]")),
                ("nul", "pending", Some("[\"a\\u0000b\"]")),
                (" ", "pending", None),
            ],
        );
        breakdown(&orchestrator, "", "a breakdown without an id");
        subtask(&orchestrator, "child-of-rejected", "", "pending", None);
        let report = orchestrator.up();
        let name = format!("rejects_{}", dialect.as_str());
        insta::assert_snapshot!(name, rejects(&orchestrator).join("\n"));
        assert_eq!(orchestrator.texts("SELECT task_id FROM generic_tasks ORDER BY task_id"), ["b", "good"]);
        let row: Json = orchestrator.rows("SELECT row FROM generic_task_rejects WHERE id = 'malformed'")[0]
            .at(0)
            .unwrap();
        assert_eq!((&row["dependencies"], &row["parent_task_id"]), (&json!("[\"good"), &json!("b")));
        assert_eq!(row.as_object().unwrap().len(), 14, "the whole row");
        let at: time::OffsetDateTime =
            orchestrator.rows("SELECT rejected_at FROM generic_task_rejects LIMIT 1")[0].at(0).unwrap();
        assert_eq!(at, datetime!(2026-03-04 05:06:07 UTC));
        assert_eq!(details(&report)["breakdowns"], json!({"processed": 2, "migrated": 1, "rejected": 1}));
        assert_eq!(details(&report)["subtasks"], json!({"processed": 12, "migrated": 1, "rejected": 11}));
        assert_eq!(details(&report)["rejects"].as_array().unwrap().len(), 12);
        orchestrator.assert_checks_hold();
    });
}

#[test]
fn a_moment_that_is_none_is_rejected_on_sqlite() {
    let orchestrator = handmade(Dialect::Sqlite, &[("s", "pending", None)]);
    breakdown(&orchestrator, "c", "another");
    subtask(&orchestrator, "t", "c", "pending", None);
    orchestrator.execute("UPDATE subtasks SET completed_at = 'last week' WHERE task_id = 's'", &[]).unwrap();
    orchestrator
        .execute("UPDATE task_breakdowns SET created_at = x'00ff' WHERE parent_task_id = 'c'", &[])
        .unwrap();
    orchestrator.up();
    insta::assert_snapshot!("rejected_moments", rejects(&orchestrator).join("\n"));
    orchestrator.assert_checks_hold();
}

#[test]
fn with_abort_the_first_reject_stops_the_migration_and_it_can_go_on_or_back() {
    on_both(|dialect| {
        let orchestrator = handmade(dialect, &[("a", "pending", None), ("z", "done-ish", None)]);
        let before = orchestrator.content();
        let strict = orchestrator.with("on_reject", "abort");
        let e = strict.connect().up(Target::Latest).unwrap_err();
        assert!(e.message().contains("subtasks z cannot be converted: unknown status `done-ish`"), "{e}");
        assert_eq!(strict.number("SELECT count(*) FROM generic_task_rejects"), 0);
        strict.down_to(1);
        assert_eq!(strict.content(), before);
        strict.execute("UPDATE subtasks SET status = 'completed' WHERE task_id = 'z'", &[]).unwrap();
        strict.up();
        assert_eq!(strict.number("SELECT count(*) FROM generic_tasks"), 3);
    });
}

#[test]
fn duplicates_collapse_and_cycles_are_kept_and_reported() {
    on_both(|dialect| {
        let orchestrator = handmade(
            dialect,
            &[
                ("a", "pending", Some("[\"b1\", \"b1\", \"b1\"]")),
                ("b1", "pending", Some("[\"a\"]")),
                ("self", "pending", Some("[\"self\", \"a\"]")),
                ("tail", "pending", Some("[\"self\"]")),
                ("x", "pending", Some("[\"y\"]")),
                ("y", "pending", Some("[\"z\"]")),
                ("z", "pending", Some("[\"x\", \"tail\"]")),
            ],
        );
        let report = orchestrator.up();
        assert_eq!(
            edges(&orchestrator),
            ["a b1", "b1 a", "self a", "self self", "tail self", "x y", "y z", "z tail", "z x"]
        );
        assert_eq!(
            details(&report)["dependencies"],
            json!({"migrated": 9, "cycles": [["a", "b1"], ["self"], ["x", "y", "z"]]})
        );
        orchestrator.assert_checks_hold();
    });
}

#[test]
fn the_report_tells_start_end_duration_counts_and_every_record() {
    on_both(|dialect| {
        let orchestrator = hostile(dialect);
        let report = orchestrator.up();
        let details = details(&report);
        assert_eq!(details["started_at"], "2026-03-04T05:06:07Z");
        assert!(details["ended_at"].as_str().unwrap() >= "2026-03-04T05:06:07");
        assert!(details["duration_seconds"].as_f64().unwrap() > 0.0);
        for (kind, table) in [("breakdowns", "task_breakdowns"), ("subtasks", "subtasks")] {
            let count = |field: &str| details[kind][field].as_i64().unwrap();
            let total = orchestrator.number(&format!("SELECT count(*) FROM {table}_legacy_archive"));
            assert_eq!(count("processed"), total);
            assert_eq!(count("migrated") + count("rejected"), total);
            assert!(count("rejected") > 0);
        }
        let records = details["records"].as_array().unwrap();
        let migrated = records.iter().filter(|r| !r["new_id"].is_null()).count();
        assert_eq!(
            i64::try_from(migrated).unwrap(),
            orchestrator.number("SELECT count(*) FROM generic_tasks")
        );
        assert!(records.iter().all(|r| r["new_id"].is_null() || r["new_id"] == r["old_id"]));
        let archived: Vec<&str> =
            details["archived"].as_array().unwrap().iter().map(|a| a["archive"].as_str().unwrap()).collect();
        assert_eq!(
            archived,
            [
                "task_breakdowns_legacy_archive_20260304_050607",
                "subtasks_legacy_archive_20260304_050607",
                "lock_tracking_legacy_archive_20260304_050607"
            ]
        );
        let text: Vec<&str> =
            report.migrations[1].steps.iter().flat_map(|s| &s.changes).map(|c| c.what.as_str()).collect();
        assert!(text.iter().any(|line| line.starts_with("breakdowns: 120 processed")), "{text:?}");
    });
}

#[test]
fn the_archive_is_the_legacy_tables_and_nobody_writes_to_it() {
    on_both(|dialect| {
        let orchestrator = hostile(dialect);
        let before = orchestrator.content();
        orchestrator.up();
        let after = orchestrator.content();
        for table in ["task_breakdowns", "subtasks", "lock_tracking"] {
            assert!(!after.contains_key(table), "{table} is gone");
            let archive = format!("{table}_legacy_archive_20260304_050607");
            assert_eq!(after[&archive], before[table]);
            let e = orchestrator.execute(&format!("DELETE FROM {archive}"), &[]).unwrap_err();
            assert!(e.to_string().contains("read-only"), "{e}");
        }
    });
}

#[test]
fn the_data_is_described_before() {
    on_both(|dialect| {
        let orchestrator = handmade(
            dialect,
            &[
                ("a", "pending", Some("[\"c\"]")),
                ("c", "pending", Some("[\"d\"]")),
                ("d", "pending", Some("[]")),
                ("e", "pending", Some("[\"e\"]")),
                ("bad", "pending", Some("[\"")),
            ],
        );
        orchestrator.connect().up(Target::Version(2)).unwrap();
        let found = orchestrator.connect().analyze().unwrap();
        let lines: Vec<String> = found
            .iter()
            .map(|a| {
                format!(
                    "{}: {} {} {:?}",
                    a.what,
                    a.columns.join(","),
                    serde_json::to_string(&a.rows).unwrap(),
                    a.error
                )
            })
            .collect();
        insta::assert_snapshot!("analysis", lines.join("\n"));
        orchestrator.up();
        assert!(orchestrator.connect().analyze().unwrap().is_empty(), "nothing is pending");
    });
}

#[test]
fn checks_find_what_was_lost_or_altered() {
    on_both(|dialect| {
        let spoilt = |sql: &str| {
            let orchestrator =
                handmade(dialect, &[("s", "pending", None), ("t", "pending", Some("[\"s\"]"))]);
            orchestrator.up();
            orchestrator.assert_checks_hold();
            orchestrator.execute(sql, &[]).unwrap();
            let report = orchestrator.connect().check().unwrap();
            assert!(report.checks.iter().all(|c| c.error.is_none()), "{report:?}");
            report.checks.iter().filter(|c| c.rows > 0).count()
        };
        assert_eq!(
            spoilt("DELETE FROM generic_tasks WHERE task_id = 's'"),
            2,
            "the task and the dependency on it"
        );
        assert_eq!(spoilt("DELETE FROM task_dependencies"), 1);
        assert_eq!(spoilt("UPDATE generic_tasks SET status = 'failed' WHERE task_id = 's'"), 1);
        let title = match dialect {
            Dialect::Sqlite => "json_set(attributes, '$.title', 'x')",
            Dialect::Postgres => "jsonb_set(attributes, '{title}', '\"x\"')",
        };
        assert_eq!(
            spoilt(&format!("UPDATE generic_tasks SET attributes = {title} WHERE task_id IN ('s', 'b')")),
            2
        );
        // An application that says so may change what it likes.
        let later = "UPDATE generic_tasks SET status = 'completed', updated_at = '2026-12-01T00:00:00Z'";
        assert_eq!(spoilt(later), 0);
    });
}

#[test]
fn its_archives_and_rejects_are_listed_and_no_archive_goes_while_a_view_is_made_of_it() {
    on_both(|dialect| {
        let mut orchestrator = hostile(dialect);
        orchestrator.up();
        // What was applied a moment ago is older than now.
        orchestrator.options.clock = None;
        let mut connected = orchestrator.connect();
        let kept = connected.kept().unwrap().kept;
        let kinds: Vec<&str> = kept.iter().map(|k| k.kind).collect();
        assert_eq!(kinds, ["rejects", "archive", "archive", "archive"]);
        assert_eq!(kept[0].needed_by, [0_i64; 0]);
        for archive in &kept[1..] {
            assert_eq!((archive.version, archive.needed_by.as_slice()), (Some(3), &[3][..]), "{archive:?}");
        }
        // What its migration in Rust rejected is seen to be its own: without a name it goes, when it is old.
        let chosen = connected.choose_purge(std::time::Duration::ZERO, &[], false);
        let chosen = chosen.unwrap().writes();
        assert!(chosen[0].starts_with("deleted for good: ") && chosen[0].contains("rejects"), "{chosen:?}");
        let names = [kept[1].name.clone()];
        let chosen = connected.choose_purge(std::time::Duration::ZERO, &names, true);
        let refused = chosen.and_then(|change| connected.change_kept(&change)).unwrap_err();
        assert!(refused.to_string().contains("_legacy_archive"), "{refused}");
        assert_eq!(connected.kept().unwrap().kept, kept);
    });
}
