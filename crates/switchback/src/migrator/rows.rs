//! Rows of the tables that a run touches, before and behind it.

use super::Connected;
use crate::report::RowsReport;
use std::collections::{BTreeMap, BTreeSet};
use switchback_plan::{Body, Result};

/// What was counted before a run: `None` of a table that has too many rows.
pub(super) struct Counted {
    words: BTreeSet<String>,
    before: BTreeMap<String, Option<u64>>,
}

impl Connected {
    /// Counts, before a run of these versions; never in the way of it.
    pub(super) fn count_before(&mut self, pending: &[i64]) -> Option<Counted> {
        if !self.options.count_rows || pending.is_empty() {
            return None;
        }
        let mut words = BTreeSet::new();
        for m in pending.iter().filter_map(|version| self.local.get(*version)) {
            let text = match &m.up {
                Body::Sql(script) => &script.text,
                Body::Rust(rust) => &rust.text,
            };
            let text = text.to_lowercase();
            let parts = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
            words.extend(parts.filter(|w| !w.is_empty()).map(str::to_owned));
        }
        let before = self.counts(&words).inspect_err(|e| tracing::debug!("rows could not be counted: {e}"));
        Some(Counted { before: before.ok()?, words })
    }

    /// Counts again, for the report.
    pub(super) fn count_after(&mut self, counted: &Counted) {
        let mut after = match self.counts(&counted.words) {
            Ok(after) => after,
            Err(e) => return tracing::debug!("rows could not be counted: {e}"),
        };
        let mut rows = Vec::new();
        for (table, before) in &counted.before {
            let after = after.remove(table);
            // Of what was not counted on one of the sides, nothing is said.
            if let (Some(before), None | Some(Some(_))) = (before, after) {
                rows.push(RowsReport { table: table.clone(), before: Some(*before), after: after.flatten() });
            }
        }
        let new = after.into_iter().filter_map(|(table, after)| after.map(|after| (table, after)));
        rows.extend(new.map(|(table, after)| RowsReport { table, before: None, after: Some(after) }));
        rows.sort_by(|a, b| a.table.cmp(&b.table));
        self.report.rows = rows;
    }

    fn counts(&mut self, words: &BTreeSet<String>) -> Result<BTreeMap<String, Option<u64>>> {
        self.db.quick_counts(&|name| {
            // A name of several words is wanted where all of them occur.
            let name = name.to_lowercase();
            let mut parts = name.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
            parts.all(|part| part.is_empty() || words.contains(part))
        })
    }
}
