//! Rows for a proof: the migration's own sample, or generated ones.

use super::chunk::Prover;
use super::compare::Snapshot;
use crate::db::Begin;
use switchback_plan::{Error, Location, Migration, Result, Script};

/// How tame generated rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Everything that the schema allows.
    Hostile,
    /// Short words, small numbers, no NULL where a value can be.
    Tame,
    /// None in the tables that the migration names.
    Others,
    /// None at all.
    None,
}

impl Level {
    pub const ALL: [Level; 4] = [Level::Hostile, Level::Tame, Level::Others, Level::None];
}

/// Puts rows into every table that has too few, and says what is there then.
pub(super) fn fill(
    prover: &mut Prover<'_>,
    m: &Migration,
    _level: Level,
    _refused: Option<&Error>,
) -> Result<Snapshot> {
    if let Some(sample) = m.sample.as_ref() {
        insert(prover, sample)?;
        prover.now = None;
    }
    prover.known()
}

/// Runs the statements of a `sample.sql`.
fn insert(prover: &mut Prover<'_>, sample: &Script) -> Result<()> {
    let db = &mut prover.connected()?.db;
    db.begin(&Begin::default(), &[])?;
    let ran = sample.steps.iter().try_for_each(|step| match db.run_step(sample, step) {
        Ok(_) => Ok(()),
        Err(failed) => Err(failed.error.at(match failed.offset {
            Some(offset) => Location::in_text(&sample.file, &sample.text, offset),
            None => Location::file(&sample.file),
        })),
    });
    match ran {
        Ok(()) => db.commit(&[]),
        Err(e) => {
            db.rollback();
            Err(e)
        }
    }
}
