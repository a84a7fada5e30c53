//! The journal: text keys become native UUIDs, then a display name and a word count.

use crate::shipped::{Shipped, on_both};
use switchback_migrations::JOURNAL;
use switchback_migrations::seed::Amount;

fn small() -> Amount {
    Amount { rows: 50, ..Amount::reference("journal") }
}

#[test]
fn every_row_of_every_table_is_back_after_the_way_down() {
    on_both(|dialect| {
        let journal = Shipped::seeded(dialect, JOURNAL, small());
        let before = journal.content();
        journal.up();
        journal.assert_checks_hold();
        let migrated = journal.content();
        journal.down_to(1);
        assert_eq!(journal.content(), before);
        journal.up();
        assert_eq!(journal.content(), migrated);
    });
}
