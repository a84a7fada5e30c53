//! The balance of a transaction: what of all that was seen to go is a loss, and of how many rows.

use super::super::Postgres;
use super::{COLUMNS, Columns, Key, Seen, TAIL, Table, columns_of};
use crate::db::losses::{Balance, Gone, How, once_more};
use std::collections::BTreeSet;
use switchback_plan::Result;
use switchback_plan::losing::Losing;

impl Postgres {
    /// What the transaction has taken away. Where that cannot be counted any more, it is rolled back, counted, and the
    /// caller does it again.
    pub fn balance(&mut self) -> Result<Balance> {
        match self.watch.losing {
            None | Some(Losing::Never) => return Ok(Balance::default()),
            Some(Losing::Indirectly) => {
                let light = match self.watch.light.take() {
                    Some(light) => light,
                    None => {
                        let answers = self.query_texts(TAIL.trim_start_matches("; "))?;
                        let text = answers.first().and_then(|rows| rows.first()).and_then(|row| row.get(0));
                        text.and_then(|t| t.parse().ok()).unwrap_or_default()
                    }
                };
                if light <= self.watch.base {
                    return Ok(Balance::default());
                }
                self.watch.closely = true;
                self.watch.again = true;
                self.rollback();
                return Err(once_more());
            }
            Some(Losing::Directly) => {}
        }
        self.look("", None)?;
        let answers = self.query_texts(COLUMNS)?;
        let columns = columns_of(answers.first());
        let wanted = self.wanted(&columns);
        let is_uncounted = |key: &Key| {
            let named = self.watch.key(*key);
            named.is_some_and(|named| {
                let own = self.watch.found.as_ref().is_some_and(|found| !found.contains(&named.0));
                !own && !self.watch.counts.contains_key(&named)
            })
        };
        let uncounted: Vec<Key> = wanted.into_iter().filter(is_uncounted).collect();
        if !uncounted.is_empty() {
            // What is gone cannot be counted: back to where it was there.
            self.rollback();
            let there: BTreeSet<String> = self.read_tables()?.values().map(Table::key).collect();
            self.watch.now = self.watch.before.clone();
            for key in uncounted {
                let Some(named) = self.watch.key(key) else { continue };
                // A migration before this one may make it in the same transaction.
                let rows = if there.contains(&named.0) { self.count(key)? } else { 0 };
                self.watch.counts.insert(named, rows);
            }
            self.watch.found = Some(there);
            self.watch.again = true;
            return Err(once_more());
        }
        self.settle(&columns)
    }

    /// What has to be counted to say how much is gone.
    fn wanted(&self, columns: &Columns) -> Vec<Key> {
        let watch = &self.watch;
        let mut wanted = Vec::new();
        for (seen, _) in &watch.seen {
            match seen {
                Seen::Dropped(oid) | Seen::Emptied(oid) => {
                    let partitioned = watch.before.get(oid).is_none_or(|t| t.partitioned);
                    if !partitioned {
                        wanted.push((*oid, None));
                    }
                }
                Seen::Deleted(..) => {}
            }
        }
        wanted.extend(self.lost_columns(columns).map(|(oid, number)| (oid, Some(number))));
        wanted
    }

    /// Columns of tables that are still there; one that has come back under the same name was converted.
    fn lost_columns<'c>(&'c self, columns: &'c Columns) -> impl Iterator<Item = (u32, i64)> + 'c {
        let watch = &self.watch;
        watch.columns.iter().filter_map(move |((oid, number), name)| {
            let table = watch.now.get(oid).filter(|t| t.root == *oid)?;
            let there = columns.contains_key(&(*oid, *number))
                || columns.range((*oid, 0)..=(*oid, i64::MAX)).any(|(_, n)| n == name);
            (!there && watch.before.contains_key(oid) && !table.name.is_empty()).then_some((*oid, *number))
        })
    }

    fn settle(&mut self, columns: &Columns) -> Result<Balance> {
        let mut balance = Balance { inserted: self.watch.inserted, ..Balance::default() };
        let mut known: BTreeSet<u32> =
            self.watch.before.keys().filter(|oid| self.watch.now.contains_key(oid)).copied().collect();
        let seen = std::mem::take(&mut self.watch.seen);
        for (seen, offset) in &seen {
            let (Seen::Dropped(oid) | Seen::Emptied(oid) | Seen::Deleted(oid, _)) = seen;
            let Some(table) = self.watch.before.get(oid).or_else(|| self.watch.now.get(oid)).cloned() else {
                continue;
            };
            let rows = self.watch.counted((*oid, None));
            let (how, rows) = match seen {
                Seen::Deleted(_, rows) => (How::Deleted, *rows),
                Seen::Emptied(_) if self.watch.now.contains_key(oid) => {
                    // Written anew, or emptied and filled again: a DO block may do both.
                    (How::Emptied, rows.saturating_sub(self.count((*oid, None))?))
                }
                Seen::Emptied(_) => continue,
                Seen::Dropped(_) => {
                    let again = self.watch.now.iter().find(|(o, t)| {
                        t.name == table.name && t.schema == table.schema && !self.watch.before.contains_key(o)
                    });
                    match again.map(|(o, _)| *o) {
                        Some(new) => {
                            known.insert(new);
                            (How::LeftOut, rows.saturating_sub(self.count((new, None))?))
                        }
                        None => (How::Dropped, rows),
                    }
                }
            };
            let whole =
                Some(table.root).filter(|root| root != oid).and_then(|root| self.watch.before.get(&root));
            balance.add(Gone {
                object: self.shown(&table),
                table: table.name.clone(),
                whole: whole.map(|t| self.shown(t)),
                rows,
                how,
                offset: *offset,
            });
        }
        let lost: Vec<(u32, i64)> = self.lost_columns(columns).collect();
        for (oid, number) in lost {
            let (Some(table), Some(name)) =
                (self.watch.before.get(&oid), self.watch.columns.get(&(oid, number)))
            else {
                continue;
            };
            balance.add(Gone {
                object: format!("{}.{name}", self.shown(table)),
                table: table.name.clone(),
                whole: None,
                rows: self.watch.counted((oid, Some(number))),
                how: How::Column,
                offset: None,
            });
        }
        self.watch.next = Some(known);
        Ok(balance)
    }

    fn shown(&self, table: &Table) -> String {
        if table.schema == self.watch.home {
            table.name.clone()
        } else {
            format!("{}.{}", table.schema, table.name)
        }
    }
}
