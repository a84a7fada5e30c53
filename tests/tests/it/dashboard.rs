//! The dashboard: nine steps, nineteen changes.

use crate::shipped::Shipped;
use switchback::Dialect;
use switchback_migrations::DASHBOARD;
use switchback_migrations::seed::Amount;

fn reference() -> Shipped {
    Shipped::seeded(Dialect::Sqlite, DASHBOARD, Amount::reference("dashboard"))
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
    let before = dashboard.content();
    dashboard.up();
    let migrated = dashboard.content();
    dashboard.down_to(1);
    assert_eq!(dashboard.content(), before);
    dashboard.up();
    assert_eq!(dashboard.content(), migrated);
}
