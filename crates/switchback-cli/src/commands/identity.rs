//! What opens encrypted backups.

use crate::databases::Database;
use std::path::PathBuf;

/// The option of every command that reads a backup.
#[derive(Debug, clap::Args)]
pub struct Identity {
    /// A private key that opens an encrypted backup: a file of age-keygen, or of SSH
    #[arg(long, value_name = "FILE", env = "SWITCHBACK_AGE_IDENTITY", hide_env = true)]
    identity: Vec<PathBuf>,
}

impl Identity {
    /// The database with it, in the place of what switchback.toml says.
    pub fn of(&self, mut database: Database) -> Database {
        if !self.identity.is_empty() {
            database.keys.identities.clone_from(&self.identity);
        }
        database
    }
}
