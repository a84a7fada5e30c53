//! The dashboard: nine steps, nineteen changes.

use crate::shipped::Shipped;
use std::time::{Duration, Instant};
use switchback::{Dialect, Target, Value};
use switchback_migrations::DASHBOARD;
use switchback_migrations::seed::{Amount, dashboard};

const TABLES: [&str; 9] = [
    "projects",
    "milestones",
    "tasks",
    "task_notes",
    "git_repos",
    "git_commits",
    "llm_sessions",
    "task_commit_links",
    "task_session_links",
];

fn reference() -> Shipped {
    Shipped::seeded(Dialect::Sqlite, DASHBOARD, Amount::reference("dashboard"))
}

/// At version 2, with commits and sessions.
fn active(tasks: u64) -> Shipped {
    let amount = Amount { rows: tasks, ..Amount::reference("dashboard") };
    let dashboard = Shipped::seeded(Dialect::Sqlite, DASHBOARD, amount);
    dashboard.up();
    dashboard.connect().transaction(|ctx| dashboard::activity(ctx, amount)).unwrap();
    dashboard
}

#[test]
fn the_nineteen_changes_are_reported_one_by_one_with_their_rows() {
    let dashboard = reference();
    let report = dashboard.up();
    let lines: Vec<String> = report.migrations[0]
        .steps
        .iter()
        .enumerate()
        .flat_map(|(n, step)| {
            step.changes.iter().map(move |c| match c.rows {
                Some(rows) => format!("{} {}: {} ({rows} rows)", n + 1, step.name, c.what),
                None => format!("{} {}: {}", n + 1, step.name, c.what),
            })
        })
        .collect();
    assert_eq!(lines.len(), 19);
    insta::assert_snapshot!(lines.join("\n"));
    dashboard.assert_checks_hold();
}

#[test]
fn every_row_of_every_table_is_back_after_the_way_down() {
    let dashboard = reference();
    let (before, schema) = (dashboard.content(), dashboard.schema());
    dashboard.up();
    let migrated = dashboard.content();
    dashboard.down_to(1);
    assert_eq!(dashboard.content(), before);
    assert_eq!(dashboard.schema(), schema);
    dashboard.up();
    assert_eq!(dashboard.content(), migrated);
}

#[test]
fn hostile_texts_survive_up_and_down() {
    let amount = Amount { rows: 300, hostile: true, seed: 7 };
    let dashboard = Shipped::seeded(Dialect::Sqlite, DASHBOARD, amount);
    let before = dashboard.content();
    dashboard.up();
    dashboard.assert_checks_hold();
    dashboard.down_to(1);
    assert_eq!(dashboard.content(), before);
}

#[test]
fn the_way_down_of_a_used_version_2_keeps_every_row_of_version_1() {
    let dashboard = reference();
    let before = dashboard.content();
    dashboard.up();
    let amount = Amount::reference("dashboard");
    dashboard.connect().transaction(|ctx| dashboard::activity(ctx, amount)).unwrap();
    dashboard.down_to(1);
    assert_eq!(dashboard.content(), before);
}

#[test]
fn a_fresh_version_2_is_made_of_the_same_as_a_migrated_one() {
    let fresh = Shipped::blank(Dialect::Sqlite, DASHBOARD);
    fresh.connect().up(Target::Latest).unwrap();
    let migrated = reference();
    migrated.up();
    assert_eq!(fresh.schema(), migrated.schema());
}

#[test]
fn every_query_of_version_1_gives_the_same_in_version_2() {
    let queries = [
        "SELECT id, name, description, created_at FROM projects ORDER BY id",
        "SELECT id, project_id, name, due_on FROM milestones ORDER BY id",
        "SELECT id, project_id, milestone_id, title, description, status, priority, created_at, completed_at FROM tasks ORDER BY id",
        "SELECT id, task_id, body, created_at FROM task_notes ORDER BY id",
        "SELECT status, count(*) FROM tasks GROUP BY status ORDER BY status",
        "SELECT p.name, count(t.id) FROM projects p LEFT JOIN tasks t ON t.project_id = p.id GROUP BY p.id ORDER BY p.id",
        "SELECT t.title, m.name FROM tasks t LEFT JOIN milestones m ON m.id = t.milestone_id ORDER BY t.id LIMIT 100",
        "SELECT t.id, count(n.id) FROM tasks t JOIN task_notes n ON n.task_id = t.id GROUP BY t.id ORDER BY 2 DESC, 1",
    ];
    let dashboard = reference();
    let answers = |d: &Shipped| queries.map(|sql| d.rows(sql));
    let before = answers(&dashboard);
    dashboard.up();
    assert_eq!(answers(&dashboard), before);
    // And an old client still writes.
    dashboard
        .execute(
            "INSERT INTO tasks (project_id, title, status, created_at) VALUES (1, 'old client', 'completed', '2025-01-01T00:00:00Z')",
            &[],
        )
        .unwrap();
    dashboard.assert_checks_hold();
}

#[test]
fn an_old_sqlite_can_open_the_result() {
    let dashboard = reference();
    dashboard.up();
    let hidden = dashboard.number(
        "SELECT count(*) FROM sqlite_schema m, pragma_table_xinfo(m.name) c WHERE m.type = 'table' AND c.hidden <> 0",
    );
    assert_eq!(hidden, 0, "no generated columns");
    for line in dashboard.schema() {
        let upper = line.to_uppercase();
        for newer in [" STRICT", "GENERATED", "RETURNING", "->>", "IS DISTINCT", "MATERIALIZED"] {
            assert!(!upper.contains(newer), "{line}");
        }
    }
}

#[test]
fn version_2_answers_what_it_was_made_for() {
    let dashboard = active(1_587);
    // Blocked tasks with the days since.
    let blocked = dashboard.rows(
        "SELECT id, title, blocked_reason, CAST(julianday('2024-12-31') - julianday(updated_at) AS INTEGER) AS days
         FROM tasks WHERE status = 'blocked' ORDER BY days DESC, id",
    );
    assert_eq!(
        blocked.len(),
        usize::try_from(dashboard.number("SELECT count(*) FROM tasks WHERE status = 'blocked'")).unwrap()
    );
    assert!(blocked.iter().all(|row| row.get::<i64>("days").unwrap() > 0));
    // Progress of a project by checkbox.
    let progress = |d: &Shipped| {
        d.rows("SELECT sum(checked), count(*) FROM tasks WHERE project_id = 1")[0].at::<i64>(0).unwrap()
    };
    let done = progress(&dashboard);
    assert_eq!(
        done,
        dashboard.number("SELECT count(*) FROM tasks WHERE project_id = 1 AND status = 'completed'")
    );
    // Ticking a checkbox.
    let open = dashboard.number("SELECT min(id) FROM tasks WHERE project_id = 1 AND checked = 0");
    let ticked = dashboard
        .execute(
            "UPDATE tasks SET checked = 1, updated_at = '2025-01-01T00:00:00Z' WHERE id = $1",
            &[open.into()],
        )
        .unwrap();
    assert_eq!((ticked, progress(&dashboard)), (1, done + 1));
    // A commit link and a session link.
    let commit = dashboard.texts("SELECT sha FROM git_commits ORDER BY sha LIMIT 1").remove(0);
    let session = dashboard.texts("SELECT id FROM llm_sessions ORDER BY id LIMIT 1").remove(0);
    dashboard.execute("DELETE FROM task_commit_links WHERE task_id = $1", &[open.into()]).unwrap();
    dashboard.execute("DELETE FROM task_session_links WHERE task_id = $1", &[open.into()]).unwrap();
    dashboard
        .execute(
            "INSERT INTO task_commit_links VALUES ($1, $2, 0.9, 'implements', '2025-01-01T00:00:00Z')",
            &[open.into(), commit.clone().into()],
        )
        .unwrap();
    dashboard
        .execute(
            "INSERT INTO task_session_links VALUES ($1, $2, 1.0, '2025-01-01T00:00:00Z')",
            &[open.into(), session.clone().into()],
        )
        .unwrap();
    let linked = |sql: &str| dashboard.texts(&sql.replace("$1", &open.to_string()));
    assert_eq!(
        linked(
            "SELECT c.sha FROM git_commits c JOIN task_commit_links l ON l.commit_sha = c.sha WHERE l.task_id = $1"
        ),
        std::slice::from_ref(&commit)
    );
    assert_eq!(
        linked(
            "SELECT s.id FROM llm_sessions s JOIN task_session_links l ON l.session_id = s.id WHERE l.task_id = $1"
        ),
        [session]
    );
    // The feed of recent activity.
    let feed = dashboard.rows(
        "SELECT 'commit' AS kind, message AS what, timestamp AS at FROM git_commits
         UNION ALL SELECT 'session', model, started_at FROM llm_sessions
         UNION ALL SELECT 'task', title, updated_at FROM tasks
         ORDER BY at DESC LIMIT 20",
    );
    assert_eq!(feed.len(), 20);
    assert_eq!(feed[0].get::<String>("kind").unwrap(), "task", "the one that was ticked");
    // Migration status.
    let status = dashboard.connect().status().unwrap();
    assert_eq!((status.applied.len(), status.pending.len(), status.problems.len()), (2, 0, 0));
    // What must not be.
    let refused =
        |sql: &str, parameters: &[Value]| dashboard.execute(sql, parameters).unwrap_err().to_string();
    let insert = "INSERT INTO task_commit_links VALUES (2, $1, $2, 'fixes', '2025-01-01T00:00:00Z')";
    assert!(refused(insert, &["no such commit".into(), 0.5.into()]).contains("FOREIGN KEY"));
    assert!(refused(insert, &[commit.clone().into(), 1.5.into()]).contains("CHECK"));
    assert!(refused(insert, &[commit.into(), Value::Null]).contains("NOT NULL"));
    assert!(refused("UPDATE tasks SET complexity = 'XXL'", &[]).contains("CHECK"));
}

#[test]
fn deleting_a_project_leaves_no_orphan_in_any_of_the_nine_tables() {
    let dashboard = active(300);
    let before: Vec<i64> = TABLES.map(|t| dashboard.number(&format!("SELECT count(*) FROM {t}"))).to_vec();
    dashboard.execute("DELETE FROM projects WHERE id = 2", &[]).unwrap();
    for (table, before) in TABLES.iter().zip(before) {
        let after = dashboard.number(&format!("SELECT count(*) FROM {table}"));
        assert!(after > 0 && after < before, "{table} went from {before} to {after}");
    }
    assert_eq!(dashboard.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    dashboard.assert_checks_hold();
}

/// A query as an application writes it, and the index that it must use.
const MEASURED: [(&str, &str); 4] = [
    ("SELECT count(*) FROM tasks WHERE checked = 1", "idx_tasks_checked"),
    ("SELECT count(*) FROM tasks WHERE status = 'blocked'", "idx_tasks_status_blocked"),
    (
        "SELECT sha, message, timestamp FROM git_commits ORDER BY timestamp DESC LIMIT 20",
        "idx_git_commits_timestamp",
    ),
    (
        "SELECT commit_sha, confidence FROM task_commit_links WHERE task_id = 77",
        "idx_task_commit_links_task_id",
    ),
];

#[test]
fn the_measured_queries_use_their_indexes() {
    let dashboard = active(1_587);
    for (query, index) in MEASURED {
        let plan = dashboard.rows(&format!("EXPLAIN QUERY PLAN {query}"));
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail").unwrap()).collect();
        assert!(plan.iter().any(|line| line.contains(index)), "{query}: {plan:?}");
    }
}

#[test]
fn slow_at_100_000_tasks_each_measured_query_is_80_percent_faster_than_without_its_index() {
    let dashboard = active(100_000);
    let median = |db: &mut switchback::Connected, query: &str| {
        let mut times: Vec<Duration> = (0..9)
            .map(|_| {
                let start = Instant::now();
                db.transaction(|ctx| ctx.query(query, &[])).unwrap();
                start.elapsed()
            })
            .collect();
        times.sort();
        times[4]
    };
    let mut db = dashboard.connect();
    for (query, index) in MEASURED {
        let with = median(&mut db, query);
        let table = query.split("FROM ").nth(1).unwrap().split(' ').next().unwrap();
        let without = median(
            &mut db,
            &query.replacen(&format!("FROM {table}"), &format!("FROM {table} NOT INDEXED"), 1),
        );
        eprintln!("{index}: {without:?} without, {with:?} with");
        assert!(with.as_secs_f64() <= 0.2 * without.as_secs_f64(), "{query}: {without:?} → {with:?}");
    }
}
