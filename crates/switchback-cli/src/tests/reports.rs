//! Reports made by hand, as the library would hand them over.

use serde_json::json;
use switchback::report::{
    Analysis, AppliedStatus, BenchmarkReport, Change, CheckReport, CheckResult, Finding, LogEntry,
    MigrationReport, PendingStatus, PlanReport, PlannedBenchmark, PlannedMigrationReport, PlannedStepReport,
    ProblemStatus, Report, Severity, Status, StepReport,
};

fn change(what: &str, rows: Option<u64>) -> Change {
    Change { what: what.to_owned(), rows }
}

fn step(name: &str, seconds: f64, changes: Vec<Change>) -> StepReport {
    StepReport { name: name.to_owned(), seconds, changes, ..StepReport::default() }
}

pub fn up() -> Report {
    Report {
        database: "journal".to_owned(),
        engine: "sqlite",
        direction: "up",
        migrations: vec![
            MigrationReport {
                version: 7,
                name: "add_tags".to_owned(),
                steps: vec![step(
                    "main",
                    0.0123,
                    vec![change("create table tags", None), change("create index tags_name", None)],
                )],
                benchmarks: vec![
                    BenchmarkReport {
                        name: "by tag".to_owned(),
                        before: Some(0.0041),
                        after: 0.0039,
                        ratio: Some(0.951),
                        max_slowdown: Some(1.5),
                    },
                    BenchmarkReport { name: "all".to_owned(), after: 1.25, ..BenchmarkReport::default() },
                ],
                details: None,
            },
            MigrationReport {
                version: 8,
                name: "split_full_name".to_owned(),
                steps: vec![
                    step("expand", 0.004, vec![change("add column users.display_name", None)]),
                    step("fill", 83.2, vec![change("update users", Some(1_234_567))]),
                    step(
                        "note",
                        0.1,
                        vec![change("insert into notes", Some(1)), change("delete from old", Some(0))],
                    ),
                ],
                benchmarks: Vec::new(),
                details: Some(json!({
                    "migrated": 2000,
                    "note": "two cycles",
                    "dependencies": {"kept": 12, "cycles": [["a", "b"], ["c", "d"]]},
                    "records": [{"old": 1, "new": 2}],
                    "kinds": ["breakdown", "subtask"],
                })),
            },
        ],
        ..Report::default()
    }
}

pub fn nothing() -> Report {
    Report { database: "journal".to_owned(), engine: "postgres", direction: "up", ..Report::default() }
}

pub fn status() -> Status {
    let applied = |version, name: &str, at: &str| AppliedStatus {
        version,
        name: name.to_owned(),
        applied_at: at.to_owned(),
        sha256: "sha256:0f".to_owned(),
    };
    Status {
        database: "journal".to_owned(),
        engine: "postgres",
        applied: vec![
            applied(1, "create_journal", "2026-01-01T10:00:00.123456789Z"),
            applied(2, "native_uuid_keys", "2026-02-03T23:59:59+02:00"),
        ],
        pending: vec![
            PendingStatus { version: 3, name: "display_name".to_owned() },
            PendingStatus { version: 12, name: "word_count".to_owned() },
        ],
        problems: vec![
            ProblemStatus {
                kind: "changed_up",
                version: 2,
                message: "V2__native_uuid_keys was changed after it was applied (V0002__native_uuid_keys/up.sql: \
                          recorded sha256:0123456789ab, now sha256:ba9876543210): undo the edit, or accept it with \
                          `repair --accept 2`"
                    .to_owned(),
            },
            ProblemStatus {
                kind: "in_progress",
                version: 3,
                message: "V3__display_name is half applied (1 of 3 steps stand): `up` goes on, `down` undoes them"
                    .to_owned(),
            },
        ],
    }
}

pub fn plan() -> PlanReport {
    PlanReport {
        database: "journal".to_owned(),
        engine: "sqlite",
        direction: "up",
        from: Some(2),
        to: Some(4),
        digest: "sha256:89abcdef".to_owned(),
        migrations: vec![
            PlannedMigrationReport {
                version: 3,
                name: "display_name".to_owned(),
                steps: vec![
                    PlannedStepReport {
                        name: "expand".to_owned(),
                        mode: "transaction",
                        sql: "-- switchback: step expand\nALTER TABLE users ADD COLUMN display_name text;\n\n".to_owned(),
                        sensitive: Vec::new(),
                    },
                    PlannedStepReport {
                        name: "fill".to_owned(),
                        mode: "batch",
                        sql: "-- switchback: step fill batch table=users key=id size=5000\nUPDATE users\n\n  SET \
                              display_name = name\nWHERE id BETWEEN :from AND :upto;\n"
                            .to_owned(),
                        sensitive: vec!["users.display_name".to_owned()],
                    },
                ],
                benchmarks: vec![
                    PlannedBenchmark {
                        name: "one".to_owned(),
                        before: "SELECT 1\n-- and no more".to_owned(),
                        after: "SELECT 2".to_owned(),
                        runs: 5,
                        max_slowdown: Some(1.5),
                    },
                    PlannedBenchmark {
                        name: "same".to_owned(),
                        before: "SELECT 1".to_owned(),
                        after: "SELECT 1".to_owned(),
                        runs: 1,
                        max_slowdown: None,
                    },
                ],
            },
            PlannedMigrationReport {
                version: 4,
                name: "word_count".to_owned(),
                steps: vec![PlannedStepReport {
                    name: "main".to_owned(),
                    mode: "rust",
                    sql: "pub fn up(ctx: &mut Context<'_>) -> Result<()> {\n    Ok(())\n}\n".to_owned(),
                    sensitive: Vec::new(),
                }],
                benchmarks: Vec::new(),
            },
        ],
    }
}

pub fn checks() -> CheckReport {
    let check = |version, what: &str, rows, error: Option<&str>| CheckResult {
        version,
        name: "native_uuid_keys".to_owned(),
        what: what.to_owned(),
        rows,
        error: error.map(str::to_owned),
    };
    CheckReport {
        database: "journal".to_owned(),
        findings: vec![
            Finding { kind: "version", message: "SQLite 3.50.2".to_owned(), ..Finding::default() },
            Finding {
                kind: "disk",
                severity: Severity::Warn,
                message: "12 MiB free in data, the database has 40 MiB".to_owned(),
                hint: Some("a backup may need as much again".to_owned()),
            },
            Finding {
                kind: "integrity",
                severity: Severity::Fail,
                message: "the file is damaged".to_owned(),
                hint: None,
            },
        ],
        analyses: Vec::new(),
        preflight: None,
        engine: "sqlite",
        checks: vec![
            check(2, "every key has 16 bytes", 0, None),
            check(2, "no entry without a user", 12, None),
            check(3, "every user has a name", 0, Some("no such column: display_name")),
        ],
    }
}

pub fn log() -> Vec<LogEntry> {
    let entry = |id, event: &str| LogEntry {
        id,
        at: format!("2026-01-01T10:00:{id:02}.5Z"),
        event: event.to_owned(),
        run: "r1".to_owned(),
        actor: "ada".to_owned(),
        host: "db1".to_owned(),
        tool: "switchback 0.1.0".to_owned(),
        prev: "00".to_owned(),
        hash: "01".to_owned(),
        ..LogEntry::default()
    };
    let about = |entry: LogEntry, step: &str| LogEntry {
        version: Some(8),
        name: Some("split_full_name".to_owned()),
        step: Some(step.to_owned()),
        direction: Some("up".to_owned()),
        ..entry
    };
    vec![
        entry(9, "run_started"),
        LogEntry { duration_ms: Some(12), rows: Some(0), ..about(entry(10, "step_finished"), "main") },
        LogEntry {
            duration_ms: Some(83_200),
            rows: Some(1_234_567),
            ..about(entry(11, "step_finished"), "fill")
        },
        LogEntry { detail: Some("no such table: notes".to_owned()), ..about(entry(12, "failed"), "note") },
    ]
}

pub fn analysis() -> Vec<Analysis> {
    use switchback::Value;
    let about = |what: &str, rows: Vec<Vec<Value>>| Analysis {
        version: 3,
        name: "migrate_legacy".to_owned(),
        what: what.to_owned(),
        columns: vec!["complexity".to_owned(), "number".to_owned()],
        rows,
        sensitive: Vec::new(),
        error: None,
    };
    vec![
        about("complexity", vec![vec!["high".into(), 12_i64.into()], vec![Value::Null, 3_i64.into()]]),
        about("many", (0..22_i64).map(|i| vec![i.into(), i.into()]).collect()),
        about("none", vec![]),
        Analysis { error: Some("no such table: x".to_owned()), ..about("broken", vec![]) },
    ]
}
