//! How the steps of a down pair with the steps of the up.

use crate::model::{Mode, Step};

/// A step of the down and the step of the up that it undoes, as indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepPair {
    /// In the down's script.
    pub down: usize,
    /// In the up's script.
    pub up: usize,
}

/// Pairs by name where every name has its partner, else in reverse order; `None` where the counts differ: such a
/// migration cannot turn around half-way.
pub fn pair_steps(up: &[Step], down: &[Step]) -> Option<Vec<StepPair>> {
    if up.len() != down.len() {
        return None;
    }
    let by_name: Option<Vec<StepPair>> = down
        .iter()
        .enumerate()
        .map(|(j, d)| up.iter().position(|u| u.name == d.name).map(|i| StepPair { down: j, up: i }))
        .collect();
    Some(
        by_name
            .unwrap_or_else(|| (0..down.len()).map(|j| StepPair { down: j, up: up.len() - 1 - j }).collect()),
    )
}

/// Whether a half-done batch of `one` can be turned back by running `other` over the same range of keys.
pub fn rangeable(one: &Step, other: &Step) -> bool {
    match (&one.mode, &other.mode) {
        (Mode::Batch(a), Mode::Batch(b)) => a.table == b.table && a.key == b.key,
        (Mode::Transaction | Mode::NoTransaction | Mode::Batch(_), _) => false,
    }
}
