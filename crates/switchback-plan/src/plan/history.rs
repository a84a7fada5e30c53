//! What the database says: applied migrations, and the one that is half-done.

use crate::model::Direction;

/// All that planning needs to know of a database.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Sorted by version.
    pub applied: Vec<Applied>,
    /// The migration that is half-applied or half-undone, if any.
    pub progress: Option<Progress>,
}

impl History {
    /// The newest applied version.
    pub fn newest(&self) -> Option<i64> {
        self.applied.last().map(|a| a.version)
    }

    /// The row of that version.
    pub fn get(&self, version: i64) -> Option<&Applied> {
        self.applied.binary_search_by_key(&version, |a| a.version).ok().map(|i| &self.applied[i])
    }

    /// Whether that version is in the history.
    pub fn is_applied(&self, version: i64) -> bool {
        self.get(version).is_some()
    }

    /// The way down stored for a version, applied or half-done.
    pub fn stored_down(&self, version: i64) -> Option<&StoredDown> {
        match &self.progress {
            Some(progress) if progress.version == version => progress.stored_down.as_ref(),
            Some(_) | None => self.get(version).and_then(|a| a.stored_down.as_ref()),
        }
    }
}

/// One applied migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// RFC 3339, as refinery writes it.
    pub applied_at: String,
    /// Its place in the order in which migrations were applied; 0 where that is not known (refinery applied it).
    pub sequence: i64,
    /// What was recorded of the up: `sha256:…`, or a description of refinery's checksum where that is all there is
    /// and it differs from the file's.
    pub up_sha256: String,
    /// The names of the up's steps, as recorded; empty when refinery applied it.
    pub steps: Vec<String>,
    /// The recorded way down; `None` when refinery applied it.
    pub stored_down: Option<StoredDown>,
}

/// The way down that was recorded when a migration was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredDown {
    /// SQL.
    Sql {
        /// Of the text.
        sha256: String,
        /// The text; `None` where it was not read (only `down` needs it).
        text: Option<String>,
    },
    /// A Rust function, known by its digest alone.
    Rust {
        /// Of the tokens.
        sha256: String,
    },
    /// None, with the author's reason.
    Irreversible {
        /// The reason.
        reason: String,
    },
    /// None any more: what it needs was purged, as this sentence says.
    Purged {
        /// The sentence.
        reason: String,
    },
    /// None: a flat migration without a `.down.sql`.
    Missing,
}

impl StoredDown {
    /// The recorded digest, where there is one.
    pub fn sha256(&self) -> Option<&str> {
        match self {
            StoredDown::Sql { sha256, .. } | StoredDown::Rust { sha256 } => Some(sha256),
            StoredDown::Irreversible { .. } | StoredDown::Purged { .. } | StoredDown::Missing => None,
        }
    }
}

/// A migration of which some steps are done and others are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Of the up that was begun.
    pub up_sha256: String,
    /// The steps of the up that stand now, in order. Where `locked` is `Down`, the steps of the down that are still to be run.
    pub standing: Vec<String>,
    /// `Some` when it can only go on in that direction, because its sides have different numbers of steps.
    pub locked: Option<Direction>,
    /// The step that is half-done.
    pub current: Option<Current>,
    /// The names of the up's steps, as recorded; of a Rust up, those that have run.
    pub steps: Vec<String>,
    /// Compared and swapped by every commit.
    pub token: i64,
    /// The recorded way down.
    pub stored_down: Option<StoredDown>,
}

/// A step that is half-done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// Its name in the script of its direction.
    pub step: String,
    /// Which way it was going.
    pub direction: Direction,
    /// A `no-transaction` step: started, and not known to be finished.
    pub started: bool,
    /// The last key that was committed, as the engine wrote it.
    pub cursor: Option<String>,
    /// What was done so far.
    pub done: Tally,
    /// A batch step that was turned round: where that was, the newest turn (and the lowest key) first.
    pub turns: Vec<Turn>,
}

/// Where a half-done batch step was turned round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The last key that was committed in the direction that it had then.
    pub cursor: String,
    /// What had been done up to there.
    pub done: Tally,
}

/// What is in a range of a key: as many rows, with those keys. Ranges that do not overlap add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many rows.
    pub rows: u64,
    /// The sum of the hashes of their keys, so that a row that came does not go unseen because another went.
    pub keys: i64,
}

impl std::ops::Add for Tally {
    type Output = Tally;

    fn add(self, other: Tally) -> Tally {
        Tally { rows: self.rows + other.rows, keys: self.keys.wrapping_add(other.keys) }
    }
}

impl std::ops::Sub for Tally {
    type Output = Tally;

    fn sub(self, other: Tally) -> Tally {
        Tally { rows: self.rows.saturating_sub(other.rows), keys: self.keys.wrapping_sub(other.keys) }
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Tally>>(tallies: I) -> Tally {
        tallies.fold(Tally::default(), |all, one| all + one)
    }
}

/// A batch step that is turned round at 9, at 5 and at 2, and has come to 1 since, has left four ranges behind: up to 1
/// one state, behind it to 2 the other, behind that to 5 the first again, then to 9 the other, and behind 9 nothing was
/// done. So no row is ever done twice, or undone without having been done.
impl Current {
    /// The same step, whose partner on the other side is `step`, going the other way from here.
    #[must_use]
    pub fn turned(self, step: &str) -> Current {
        let mut turns = self.turns;
        let direction = self.direction.opposite();
        let (cursor, done) = match self.cursor {
            Some(cursor) => {
                turns.insert(0, Turn { cursor, done: self.done });
                (None, Tally::default())
            }
            // Nothing was done in that direction, so all up to the last turn is as this one wants it.
            None if turns.is_empty() => (None, Tally::default()),
            None => {
                let turn = turns.remove(0);
                (Some(turn.cursor), turn.done)
            }
        };
        Current { step: step.to_owned(), direction, started: false, cursor, done, turns }
    }

    /// Whether it only undoes what the step did before it was turned round.
    pub fn is_turning_back(&self) -> bool {
        self.turns.len() % 2 == 1
    }

    /// Where it goes on once it has come to the last turn: behind the turn before that, for what lies between them was
    /// done in this direction already. `None` at the end of what is to be turned back.
    #[must_use]
    pub fn behind_the_turn(&self) -> Option<Current> {
        let [last, before, ..] = self.turns.as_slice() else { return None };
        Some(Current {
            cursor: Some(before.cursor.clone()),
            done: self.done + (before.done - last.done),
            turns: self.turns[2..].to_vec(),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start() -> Current {
        Current {
            step: "up".to_owned(),
            direction: Direction::Up,
            started: false,
            cursor: None,
            done: Tally::default(),
            turns: Vec::new(),
        }
    }

    const ROWS: u64 = 12;

    /// Goes on for at most `steps` rows of the model; true when there is nothing half-done any more.
    fn go(current: &mut Current, rows: &mut [i32], mut steps: usize) -> bool {
        loop {
            let after: u64 = current.cursor.as_deref().map_or(0, |c| c.parse().unwrap());
            let end = current.turns.first().map_or(ROWS, |t| t.cursor.parse().unwrap());
            if after == end {
                match current.behind_the_turn() {
                    Some(next) => *current = next,
                    None => return true,
                }
                continue;
            }
            if steps == 0 {
                return false;
            }
            steps -= 1;
            rows[after as usize] += if current.direction == Direction::Up { 1 } else { -1 };
            current.cursor = Some((after + 1).to_string());
            current.done = current.done + Tally { rows: 1, keys: after as i64 };
        }
    }

    proptest! {
        #[test]
        fn however_often_a_batch_is_turned_round_no_row_is_done_twice(
            turns in proptest::collection::vec((any::<bool>(), 0..9usize), 0..12),
            last in any::<bool>(),
        ) {
            let mut rows = [0; ROWS as usize];
            let mut current = start();
            for (up, steps) in turns.into_iter().chain([(last, usize::MAX)]) {
                let wanted = if up { Direction::Up } else { Direction::Down };
                if current.direction != wanted {
                    if current.cursor.is_none() && current.turns.is_empty() {
                        continue;
                    }
                    current = current.turned(wanted.as_str());
                }
                let ended = go(&mut current, &mut rows, steps);
                prop_assert!(rows.iter().all(|r| (0..=1).contains(r)), "{rows:?}");
                let upto: u64 = current.cursor.as_deref().map_or(0, |c| c.parse().unwrap());
                prop_assert_eq!(current.done, Tally { rows: upto, keys: (0..upto as i64).sum() });
                if ended {
                    let all = if current.direction == Direction::Up { 1 } else { 0 };
                    prop_assert_eq!(rows, [all; ROWS as usize]);
                    prop_assert_eq!(current.is_turning_back(), !up);
                    return Ok(());
                }
            }
        }
    }
}
