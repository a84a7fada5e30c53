//! What `restore` and `rollback` have in common.

use crate::commands::identity::Identity;
use crate::databases::Database;
use crate::guard::Deed;
use std::path::{Path, PathBuf};
use switchback::plan::saved::Action;
use switchback::restore::How;

/// The options of both.
#[derive(Debug, clap::Args)]
pub struct Back {
    /// The folder of the backups [default: backups/DATABASE beside switchback.toml]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// PostgreSQL, by a backup: end the connections of others
    #[arg(long)]
    end_connections: bool,

    /// PostgreSQL, by a backup: into the database itself, in one transaction, where no new one can be made beside it
    #[arg(long)]
    in_place: bool,

    /// Behind this saved plan (`plan --for COMMAND --out FILE -- ARGUMENTS`), which a protected environment asks for
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// What opens an encrypted backup.
    #[command(flatten)]
    pub identity: Identity,

    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

impl Back {
    /// How it goes on.
    pub fn how(&self, database: &Database, any_database: bool) -> How {
        How {
            dir: self.dir.clone().unwrap_or_else(|| database.backups.clone()),
            in_place: self.in_place,
            end_connections: self.end_connections,
            any_database,
        }
    }

    /// What a saved plan is made for, as a person writes it.
    pub fn words(&self, mut own: Vec<String>) -> Vec<String> {
        own.extend(option("--dir", self.dir.as_deref().map(Path::display)));
        own.extend(self.end_connections.then(|| "--end-connections".to_owned()));
        own.extend(self.in_place.then(|| "--in-place".to_owned()));
        own
    }

    /// What has to be permitted.
    pub fn deed(&self, action: Action, arguments: Vec<String>) -> Deed<'_> {
        Deed { action, arguments, plan: self.plan.as_deref() }
    }
}

/// An option and its value, as two words.
pub fn option(name: &str, value: Option<impl ToString>) -> impl Iterator<Item = String> {
    value.into_iter().flat_map(move |value| [name.to_owned(), value.to_string()])
}
