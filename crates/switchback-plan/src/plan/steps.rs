//! How the steps of a down pair with the steps of the up.

use crate::model::{Mode, Step};

/// For each step of the down, the step of the up that it undoes: by name where every name has its partner, else in
/// reverse order. `None` where the counts differ: such a migration cannot turn around half-way.
pub fn pair_steps<'u>(up: &'u [String], down: &[&str]) -> Option<Vec<&'u str>> {
    if up.len() != down.len() {
        return None;
    }
    let by_name: Option<Vec<&str>> =
        down.iter().map(|d| up.iter().find(|u| u == d).map(String::as_str)).collect();
    Some(by_name.unwrap_or_else(|| up.iter().rev().map(String::as_str).collect()))
}

/// Whether a half-done batch of `one` can be turned back by running `other` over the same range of keys.
pub fn rangeable(one: &Step, other: &Step) -> bool {
    match (&one.mode, &other.mode) {
        (Mode::Batch(a), Mode::Batch(b)) => a.table == b.table && a.key == b.key,
        (Mode::Transaction | Mode::NoTransaction | Mode::Batch(_), _) => false,
    }
}
