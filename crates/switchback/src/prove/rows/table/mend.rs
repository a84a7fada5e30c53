//! What becomes of a row that the server refuses: other values for the columns that its message is about.

use super::super::attempt::attempt;
use super::super::pool::{self, Asked};
use super::{Filler, Hint, Kind};
use crate::db::Database;
use switchback_plan::{Error, Result};

/// How often a row is mended before it is given up.
pub const TRIES: usize = 180;
/// How often all combinations are tried one after the other, before they are taken at random.
const ORDERLY: usize = 90;

impl Filler<'_> {
    /// Finds values that pass each column's own checks; whether there are any.
    pub(super) fn ask(&self, db: &mut Database, first: u32) -> Result<bool> {
        let mut any = false;
        for (i, c) in self.columns.iter().enumerate() {
            let given = self.keys.iter().any(|k| k.columns.contains(&i) && !k.parents.is_empty());
            if given
                || c.pool.get().is_some()
                || c.hints.is_empty() && c.late.is_empty() && c.checks.is_empty()
            {
                continue;
            }
            let hints: Vec<Hint> = c.hints.iter().chain(&c.late).cloned().collect();
            let asked = Asked {
                name: &c.column.name,
                data_type: &c.column.data_type,
                kind: &c.typed.kind,
                hints: &hints,
                default: c.column.default.as_deref(),
                checks: &c.checks,
                nullable: c.nullable && hints.contains(&Hint::Null),
                late: !c.late.is_empty(),
                key: c.key,
            };
            let found = pool::of(db, &asked, first)?;
            any |= !found.is_empty();
            // Set once: it was looked for above.
            c.pool.get_or_init(|| found);
        }
        Ok(any)
    }

    /// One row, mended until it is taken or was tried so many times.
    pub(super) fn one(
        &self,
        db: &mut Database,
        n: u32,
        row: usize,
        tries: usize,
    ) -> Result<std::result::Result<String, Error>> {
        let mut variants = self.start(row);
        self.rules.iter().for_each(|rule| rule.broken.set(0));
        let mut tried = 0;
        loop {
            let values = self.row(n, row, &variants);
            let Some(refused) = attempt(db, &self.insert(std::slice::from_ref(&values)))? else {
                return Ok(Ok(values));
            };
            self.mend(&refused, tried, row, &mut variants);
            tried += 1;
            if tried == tries {
                return Ok(Err(refused));
            }
        }
    }

    /// Which variant each column begins with: hostile values in turn, hinted ones first.
    pub(super) fn start(&self, row: usize) -> Vec<usize> {
        self.columns
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let spread = (row + i) % 7;
                if c.pool.get().is_some_and(|pool| !pool.is_empty()) {
                    return row + self.style.shift;
                }
                match (c.hints.is_empty(), self.style.tame) {
                    (false, _) => row + self.style.shift,
                    (true, true) => self.style.shift,
                    (true, false) => spread,
                }
            })
            .collect()
    }

    /// Other values for the columns that the message is about.
    fn mend(&self, refused: &Error, tried: usize, row: usize, variants: &mut [usize]) {
        let message = refused.message();
        let named = |name: &str| !name.is_empty() && message.contains(name);
        let rule = self.rules.iter().find(|r| !r.columns.is_empty() && r.names.iter().any(|n| named(n)));
        let columns: Vec<usize> = match rule {
            Some(rule) => rule.columns.clone(),
            None => {
                let key = self.keys.iter().find(|k| named(&k.name));
                let mentioned = |i: &usize| {
                    let name = &self.columns[*i].column.name;
                    named(&format!("\"{name}\"")) || named(&format!(".{name}"))
                };
                match key {
                    Some(key) => key.columns.clone(),
                    None => (0..variants.len()).filter(mentioned).collect(),
                }
            }
        };
        match rule {
            Some(rule) => {
                // All combinations of the columns' values, one after the other.
                let mut number = rule.broken.get() + 1;
                rule.broken.set(number);
                let start = self.start(row);
                for column in columns {
                    let radix = self.candidates_of(column);
                    variants[column] = start[column]
                        + match tried {
                            0..ORDERLY => number % radix,
                            // Of many columns the last ones would never change.
                            _ => (tried * 7_919 + column * 104_729 + tried * column * 31) / 3 % radix,
                        };
                    number /= radix;
                }
            }
            // A trigger, most likely: what it says of columns is known.
            None if columns.is_empty() && self.columns.iter().any(|c| !c.late.is_empty()) => {
                let late = self.columns.iter().enumerate().filter(|(_, c)| !c.late.is_empty());
                late.for_each(|(i, _)| variants[i] += 1 + (tried / 7 + i) % 3);
            }
            None if columns.is_empty() => {
                // Nobody says which: all of them, tamer and tamer.
                for (i, variant) in variants.iter_mut().enumerate() {
                    *variant = match tried {
                        0 => 0,
                        t if (t + i).is_multiple_of(2) => *variant + 1,
                        _ => *variant,
                    };
                }
            }
            None => columns.into_iter().for_each(|i| variants[i] += 1),
        }
    }

    fn candidates_of(&self, column: usize) -> usize {
        let c = &self.columns[column];
        if let Some(pool) = c.pool.get().filter(|pool| !pool.is_empty()) {
            return pool.len();
        }
        let keys = self.keys.iter().filter(|key| key.columns.contains(&column));
        if let Some(parents) = keys.map(|key| key.parents.len()).filter(|parents| *parents > 0).min() {
            return parents + 1;
        }
        match &c.typed.kind {
            Kind::Bool => 2,
            Kind::OneOf(labels) => labels.len().clamp(1, 12),
            _ => c.hints.len().min(4) * 3 + 5,
        }
    }
}
