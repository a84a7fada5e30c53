//! Legacy data by hand, and what became of it.

use crate::shipped::Shipped;
use serde_json::json;
use switchback::{Dialect, Value};
use switchback_migrations::ORCHESTRATOR;
use switchback_migrations::seed::Amount;
use time::macros::datetime;

/// At version 1 and with a clock that stands still, so that two runs give the same.
pub fn fixed(mut shipped: Shipped) -> Shipped {
    shipped.options.clock = Some(datetime!(2026-03-04 05:06:07 UTC));
    shipped
}

pub fn hostile(dialect: Dialect) -> Shipped {
    fixed(Shipped::seeded(dialect, ORCHESTRATOR, Amount { rows: 120, hostile: true, seed: 1 }))
}

/// At version 1, with these subtasks of one good breakdown `b`, each an id, a status and its dependencies.
pub fn handmade(dialect: Dialect, subtasks: &[(&str, &str, Option<&str>)]) -> Shipped {
    let shipped = fixed(Shipped::new(dialect, ORCHESTRATOR));
    breakdown(&shipped, "b", "what is to be done");
    for (id, status, dependencies) in subtasks {
        subtask(&shipped, id, "b", status, *dependencies);
    }
    shipped
}

pub fn moment(dialect: Dialect, at: time::OffsetDateTime) -> Value {
    match dialect {
        Dialect::Sqlite => at.format(&time::format_description::well_known::Rfc3339).unwrap().into(),
        Dialect::Postgres => at.into(),
    }
}

pub fn breakdown(shipped: &Shipped, id: &str, description: &str) {
    let at = moment(shipped.dialect(), datetime!(2024-01-01 00:00 UTC));
    shipped
        .execute(
            "INSERT INTO task_breakdowns VALUES ($1, $2, 'high', NULL, $3)",
            &[id.into(), description.into(), at],
        )
        .unwrap();
}

pub fn subtask(shipped: &Shipped, id: &str, parent: &str, status: &str, dependencies: Option<&str>) {
    let at = moment(shipped.dialect(), datetime!(2024-01-02 00:00 UTC));
    shipped
        .execute(
            "INSERT INTO subtasks VALUES ($1, $2, 'title', NULL, 'tester', $3, '2h', $4, NULL, NULL, NULL, NULL, $5, NULL)",
            &[id.into(), parent.into(), dependencies.into(), status.into(), at],
        )
        .unwrap();
}

pub fn generic(shipped: &Shipped, id: &str) {
    let at = moment(shipped.dialect(), datetime!(2026-05-05 00:00 UTC));
    let sql = "INSERT INTO generic_tasks VALUES ($1, 'note', NULL, $2, 'pending', $3, $3)";
    shipped.execute(sql, &[id.into(), json!({"title": "new"}).into(), at]).unwrap();
}

/// Source, id and reason of each reject.
pub fn rejects(shipped: &Shipped) -> Vec<String> {
    shipped
        .texts("SELECT source || ' ' || id || ': ' || reason FROM generic_task_rejects ORDER BY source, id")
}

pub fn edges(shipped: &Shipped) -> Vec<String> {
    shipped.texts("SELECT task_id || ' ' || dependency_task_id FROM task_dependencies ORDER BY 1")
}
