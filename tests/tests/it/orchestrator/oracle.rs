//! The migration against a model of it that is as simple as can be: everything in memory, one record after the other.

use super::legacy::fixed;
use crate::shipped::{Shipped, on_both};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use switchback::{Dialect, Row, Value};
use switchback_migrations::ORCHESTRATOR;
use switchback_migrations::seed::Amount;
use time::OffsetDateTime;

const STATUSES: [&str; 7] =
    ["pending", "active", "in_progress", "completed", "failed", "blocked", "cancelled"];

/// Type, parent, attributes, status, created and updated.
type Task = (String, Option<String>, Json, String, Value, Value);

#[derive(Debug, Default, PartialEq)]
struct Outcome {
    tasks: BTreeMap<String, Task>,
    rejects: BTreeSet<(String, String)>,
    edges: BTreeSet<(String, String)>,
}

fn text(row: &Row, column: &str) -> Option<String> {
    row.get(column).unwrap()
}

fn is_moment(row: &Row, column: &str) -> bool {
    row.get::<OffsetDateTime>(column).is_ok()
}

fn dependencies(row: &Row) -> Option<Vec<String>> {
    match text(row, "dependencies") {
        None => Some(Vec::new()),
        Some(json) => serde_json::from_str(&json).ok(),
    }
}

/// What the migration must make of it.
fn expected(breakdowns: &[Row], subtasks: &[Row]) -> Outcome {
    let mut outcome = Outcome::default();
    let ids: BTreeSet<String> = breakdowns.iter().filter_map(|row| text(row, "parent_task_id")).collect();
    for row in breakdowns {
        let id = text(row, "parent_task_id").unwrap();
        if id.trim().is_empty() || !is_moment(row, "created_at") {
            outcome.rejects.insert(("task_breakdowns".into(), id));
            continue;
        }
        let description = text(row, "description").unwrap();
        let start: String = description.chars().take(50).collect();
        let attributes = json!({
            "title": format!("Task Breakdown: {start}..."),
            "description": description,
            "complexity": text(row, "complexity"),
            "context": text(row, "context"),
            "legacy_migration": true,
            "original_breakdown_id": id,
            "migration_timestamp": "2026-03-04T05:06:07Z",
        });
        let at: Value = row.get("created_at").unwrap();
        outcome.tasks.insert(id, ("breakdown".into(), None, attributes, "active".into(), at.clone(), at));
    }
    let mut left: BTreeMap<String, &Row> = BTreeMap::new();
    for row in subtasks {
        let id = text(row, "task_id").unwrap();
        let parent = text(row, "parent_task_id").unwrap();
        let good = STATUSES.contains(&text(row, "status").unwrap().as_str())
            && dependencies(row).is_some()
            && text(row, "artifacts").is_none_or(|a| serde_json::from_str::<Json>(&a).is_ok())
            && is_moment(row, "created_at")
            && !ids.contains(&id)
            && outcome.tasks.contains_key(&parent);
        if good {
            left.insert(id, row);
        } else {
            outcome.rejects.insert(("subtasks".into(), id));
        }
    }
    loop {
        let unmet: Vec<String> = left
            .iter()
            .filter(|(_, row)| {
                let there = |id: &String| left.contains_key(id) || outcome.tasks.contains_key(id);
                !dependencies(row).unwrap().iter().all(there)
            })
            .map(|(id, _)| id.clone())
            .collect();
        if unmet.is_empty() {
            break;
        }
        for id in unmet {
            left.remove(&id);
            outcome.rejects.insert(("subtasks".into(), id));
        }
    }
    for (id, row) in left {
        for dependency in dependencies(row).unwrap() {
            outcome.edges.insert((id.clone(), dependency));
        }
        let mut attributes = json!({
            "title": text(row, "title"),
            "description": text(row, "description"),
            "specialist_type": text(row, "specialist_type"),
            "estimated_effort": text(row, "estimated_effort"),
            "legacy_migration": true,
            "legacy_subtask_id": id,
            "original_status": text(row, "status"),
            "migration_timestamp": "2026-03-04T05:06:07Z",
        });
        let mut present = |name: &str, value: Option<Json>| {
            if let Some(value) = value {
                attributes[name] = value;
            }
        };
        present("legacy_results", text(row, "results").map(Json::from));
        present("legacy_artifacts", text(row, "artifacts").map(|a| serde_json::from_str(&a).unwrap()));
        present(
            "file_operations_count",
            row.get::<Option<i64>>("file_operations_count").unwrap().map(Json::from),
        );
        present("verification_status", text(row, "verification_status").map(Json::from));
        let created: Value = row.get("created_at").unwrap();
        let completed: Value = row.get("completed_at").unwrap();
        let updated = if completed.is_null() { created.clone() } else { completed };
        let parent = text(row, "parent_task_id");
        let status = text(row, "status").unwrap();
        outcome.tasks.insert(id, ("specialist_task".into(), parent, attributes, status, created, updated));
    }
    outcome
}

fn found(shipped: &Shipped) -> Outcome {
    let mut outcome = Outcome::default();
    for row in shipped.rows(
        "SELECT task_id, task_type, parent_task_id, attributes, status, created_at, updated_at FROM generic_tasks",
    ) {
        let task = (
            row.at(1).unwrap(),
            row.at(2).unwrap(),
            row.at(3).unwrap(),
            row.at(4).unwrap(),
            row.at(5).unwrap(),
            row.at(6).unwrap(),
        );
        outcome.tasks.insert(row.at(0).unwrap(), task);
    }
    for row in shipped.rows("SELECT source, id FROM generic_task_rejects") {
        outcome.rejects.insert((row.at(0).unwrap(), row.at(1).unwrap()));
    }
    for row in shipped.rows("SELECT task_id, dependency_task_id FROM task_dependencies") {
        outcome.edges.insert((row.at(0).unwrap(), row.at(1).unwrap()));
    }
    outcome
}

fn agrees(dialect: Dialect, amount: Amount) {
    let shipped = fixed(Shipped::seeded(dialect, ORCHESTRATOR, amount)).with("batch_size", "97");
    let breakdowns = shipped.rows("SELECT * FROM task_breakdowns");
    let subtasks = shipped.rows("SELECT * FROM subtasks");
    let expected = expected(&breakdowns, &subtasks);
    shipped.up();
    let found = found(&shipped);
    assert_eq!(found.rejects, expected.rejects);
    assert_eq!(found.edges, expected.edges);
    assert_eq!(found.tasks.keys().collect::<Vec<_>>(), expected.tasks.keys().collect::<Vec<_>>());
    for (id, task) in &expected.tasks {
        assert_eq!(&found.tasks[id], task, "{id}");
    }
    assert!(!found.edges.is_empty() && !found.rejects.is_empty());
    shipped.assert_checks_hold();
}

#[test]
fn the_migration_agrees_with_its_model() {
    on_both(|dialect| agrees(dialect, Amount { rows: 200, hostile: true, seed: 11 }));
}

#[test]
fn slow_the_migration_of_the_reference_data_agrees_with_its_model() {
    on_both(|dialect| agrees(dialect, Amount::reference("orchestrator")));
}
