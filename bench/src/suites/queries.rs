//! The dashboard's queries before and after version 2, which brings their indexes.

use super::Bench;
use crate::Result;
use crate::measure::{Pick, Row, pair, seconds, time};
use rusqlite::Connection;
use switchback::{Migrator, Target};
use switchback_migrations::DASHBOARD;
use switchback_migrations::seed::{Amount, dashboard, seed};

/// How much faster each query has to be.
const FASTER: f64 = 0.8;

struct Query {
    what: &'static str,
    index: &'static str,
    before: &'static str,
    after: &'static str,
    /// Version 1 does not have the table: the same query in version 2, without the index.
    new_table: bool,
}

const QUERIES: [Query; 4] = [
    Query {
        what: "completion",
        index: "idx_tasks_checked",
        before: include_str!("../../sql/dashboard/completion.before.sql"),
        after: include_str!("../../sql/dashboard/completion.after.sql"),
        new_table: false,
    },
    Query {
        what: "blockers",
        index: "idx_tasks_status_blocked",
        before: include_str!("../../sql/dashboard/blockers.sql"),
        after: include_str!("../../sql/dashboard/blockers.sql"),
        new_table: false,
    },
    Query {
        what: "recent commits",
        index: "idx_git_commits_timestamp",
        before: include_str!("../../sql/dashboard/recent_commits.sql"),
        after: include_str!("../../sql/dashboard/recent_commits.sql"),
        new_table: true,
    },
    Query {
        what: "links of a task",
        index: "idx_task_commit_links_task_id",
        before: include_str!("../../sql/dashboard/links_of_a_task.sql"),
        after: include_str!("../../sql/dashboard/links_of_a_task.sql"),
        new_table: true,
    },
];

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let tasks = bench.size(100_000, 1_000);
    let amount = Amount { rows: u64::try_from(tasks)?, ..Amount::reference("dashboard") };
    let [first, second] = ["v1", "v2"].map(|name| bench.ground.path(name));
    let open =
        |path: &std::path::Path| Migrator::new(DASHBOARD).connect(&format!("sqlite:{}", path.display()));
    let mut db = open(&first)?;
    db.up(Target::Version(1))?;
    seed("dashboard", &mut db, amount)?;
    drop(db);
    std::fs::copy(&first, &second)?;
    let mut db = open(&second)?;
    db.up(Target::Version(2))?;
    db.transaction(|ctx| dashboard::activity(ctx, amount))?;
    drop(db);
    let without = bench.ground.path("without");
    std::fs::copy(&second, &without)?;
    let (first, second, without) =
        (Connection::open(first)?, Connection::open(second)?, Connection::open(without)?);
    let mut out = Vec::new();
    for query in &QUERIES {
        let old = if query.new_table { &without } else { &first };
        if query.new_table {
            old.execute_batch(&format!("DROP INDEX {}", query.index))?;
        }
        let plan = plan(&second, query.after)?;
        let timed =
            pair(bench.rounds(9), Pick::Fastest, &mut || run_query(&second, query.after), &mut || {
                run_query(old, query.before)
            })?;
        let faster = 1.0 - timed.ratio;
        let uses = plan.contains(query.index);
        out.push(Row {
            what: format!("SQLite: {} at {tasks} tasks, after and before", query.what),
            ours: seconds(timed.ours),
            rival: seconds(timed.rival),
            figure: format!("{:.1} % faster", faster * 100.0),
            limit: format!("≥ {:.0} %", FASTER * 100.0),
            ok: faster >= FASTER && uses,
        });
        if !uses {
            return Err(format!("{} does not use {}: {plan}", query.what, query.index).into());
        }
    }
    Ok(out)
}

/// How the engine says that it will find the rows.
fn plan(db: &Connection, sql: &str) -> Result<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(3))?.collect::<rusqlite::Result<_>>()?;
    Ok(lines.join("; "))
}

fn run_query(db: &Connection, sql: &str) -> Result<f64> {
    let mut statement = db.prepare_cached(sql)?;
    time(|| {
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    })
}
