//! `cargo xtask seed NAME`: reference data for one of the three databases.

use crate::sh::{Result, root};
use clap::Args as ClapArgs;
use std::fs;
use switchback::{EmbeddedSet, Migrator, Target};
use switchback_migrations::seed::{self, Amount};

/// What to fill, and with how much.
#[derive(ClapArgs)]
pub struct Args {
    /// dashboard, journal or orchestrator
    name: String,
    /// Dashboard: tasks; journal: users; orchestrator: breakdowns [default: the reference data set]
    #[arg(long)]
    rows: Option<u64>,
    /// Add values that an application should never have written
    #[arg(long)]
    hostile: bool,
    /// Another seed, other data
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where [default: target/dev/NAME.db]
    #[arg(long)]
    url: Option<String>,
}

/// Brings the database to its first version, where it is not there yet, and fills it.
pub fn run(args: &Args) -> Result {
    let set = set(&args.name)?;
    let reference = Amount::reference(&args.name);
    let amount = Amount { rows: args.rows.unwrap_or(reference.rows), hostile: args.hostile, seed: args.seed };
    let url = match &args.url {
        Some(url) => url.clone(),
        None => {
            let folder = root().join("target/dev");
            fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            format!("sqlite:{}", folder.join(format!("{}.db", args.name)).display())
        }
    };
    fill(set, &url, amount).map_err(|e| e.to_string())
}

/// The set of that name.
pub fn set(name: &str) -> Result<EmbeddedSet> {
    let registry = switchback_migrations::registry();
    let names = registry.map(|(name, _)| name).join(", ");
    let found = registry.into_iter().find(|(n, _)| *n == name);
    found.map(|(_, set)| set).ok_or_else(|| format!("there is no database {name}; there are {names}"))
}

fn fill(set: EmbeddedSet, url: &str, amount: Amount) -> switchback::Result<()> {
    let mut db = Migrator::new(set).connect(url)?;
    let applied = db.status()?.applied.len();
    if applied == 0 {
        db.up(Target::Version(1))?;
    } else if applied > 1 {
        return Err(switchback::Error::new(
            switchback::ErrorKind::Refused,
            format!("{} is beyond version 1, where its reference data belongs", set.name),
        )
        .hint(format!("first `cargo xtask migrate down --database {} --to 1`", set.name)));
    }
    seed::seed(set.name, &mut db, amount)?;
    for table in db.content()? {
        eprintln!("{:>10} rows  {}", table.rows, table.table);
    }
    Ok(())
}
