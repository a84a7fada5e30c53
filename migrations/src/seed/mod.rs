//! Reference data of the three databases, the same for the same seed on every machine and on both engines.
//!
//! The database must stand at its first version (`up --to 1`): these are the rows that an application left behind.

pub mod dashboard;
pub mod journal;
pub mod orchestrator;
mod random;
mod text;

use random::Random;
use switchback::{Connected, Error, ErrorKind, Result};
use time::OffsetDateTime;

/// What to fill in.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// Dashboard: tasks. Journal: users. Orchestrator: breakdowns.
    pub rows: u64,
    /// Values that an application should never have written.
    pub hostile: bool,
    /// Another seed, other data.
    pub seed: u64,
}

impl Amount {
    /// The reference data set of that database.
    #[must_use]
    pub fn reference(name: &str) -> Amount {
        let rows = match name {
            "dashboard" => 1_587,
            "journal" => 1_000,
            _ => 2_000,
        };
        Amount { rows, hostile: false, seed: 1 }
    }
}

/// Fills the database of that name.
///
/// # Errors
/// An unknown name, or a database that does not take the rows.
pub fn seed(name: &str, db: &mut Connected, amount: Amount) -> Result<()> {
    match name {
        "dashboard" => db.transaction(|ctx| dashboard::fill(ctx, amount)),
        "journal" => {
            db.transaction(|ctx| journal::fill(ctx, amount))?;
            if amount.hostile { journal::dangling(db, amount) } else { Ok(()) }
        }
        "orchestrator" => db.transaction(|ctx| orchestrator::fill(ctx, amount)),
        other => Err(Error::new(ErrorKind::Config, format!("there is no reference data for {other}"))
            .hint("the databases are dashboard, journal and orchestrator")),
    }
}

/// A moment: `minutes` after the start of 2024.
fn moment(minutes: u64) -> OffsetDateTime {
    const START: i64 = 1_704_067_200;
    let seconds = i64::try_from(minutes % 100_000_000).unwrap_or_default() * 60;
    OffsetDateTime::from_unix_timestamp(START + seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn int(value: u64) -> switchback::Value {
    switchback::Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}
