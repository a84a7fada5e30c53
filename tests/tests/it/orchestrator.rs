//! The orchestrator: legacy breakdowns become generic tasks.

use crate::shipped::{Shipped, on_both};
use switchback_migrations::ORCHESTRATOR;
use switchback_migrations::seed::Amount;

fn small() -> Amount {
    Amount { rows: 200, hostile: true, seed: 1 }
}

#[test]
fn every_row_of_every_table_is_back_after_the_way_down() {
    on_both(|dialect| {
        let orchestrator = Shipped::seeded(dialect, ORCHESTRATOR, small());
        let before = orchestrator.content();
        orchestrator.up();
        orchestrator.assert_checks_hold();
        let migrated = orchestrator.content();
        orchestrator.down_to(1);
        assert_eq!(orchestrator.content(), before);
        orchestrator.up();
        let _ = migrated;
    });
}
