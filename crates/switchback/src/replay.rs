//! A directory of migrations applied to a throwaway database.

use crate::migrator::{Connected, Migrator};
use crate::options::Options;
use crate::prove::{CLOCK, SEED};
use crate::scratch::{self, Scratch};
use crate::set::{Files, Source};
use switchback_plan::{Dialect, Result, Target, lock};

/// A throwaway database and its migrations; gone when it is dropped.
pub(crate) struct Replay {
    pub connected: Connected,
    scratch: Scratch,
    options: Options,
}

impl Replay {
    /// An empty throwaway database.
    pub fn new(files: &Files, dialect: Dialect, options: &Options, on: &scratch::Options) -> Result<Replay> {
        let scratch = Scratch::open(dialect, on)?;
        // What is set for the real database does not hold for this one; what a Rust migration reads does.
        let options = Options {
            set: options.set.clone(),
            interrupt: options.interrupt.clone(),
            runner: options.runner.clone(),
            database: options.database.clone(),
            root: options.root.clone(),
            watch_losses: false,
            benchmarks: false,
            preflight: false,
            clock: Some(options.clock.unwrap_or(CLOCK)),
            seed: Some(options.seed.unwrap_or(SEED)),
            ..Options::default()
        };
        let connected = Replay::connect(files, &options, &scratch)?;
        Ok(Replay { connected, scratch, options })
    }

    /// Goes on with other files.
    pub fn with(&mut self, files: &Files) -> Result<()> {
        self.connected = Replay::connect(files, &self.options, &self.scratch)?;
        Ok(())
    }

    fn connect(files: &Files, options: &Options, scratch: &Scratch) -> Result<Connected> {
        // Nothing drifts here: the lock file would only be read, and compared with, once a migration.
        let unlocked = files.files.iter().filter(|f| f.path != lock::FILE).cloned().collect();
        let source = Source::Files(Files { files: unlocked, ..files.clone() });
        Migrator::new(source).options(options.clone()).connect(scratch.url())
    }

    /// Applies the migrations up to and including a version; `None` is all of them.
    pub fn up(&mut self, to: Option<i64>) -> Result<()> {
        self.connected
            .up(to.map_or(Target::Latest, Target::Version))
            .map(|_| ())
            .map_err(scratch::server::about_roles)
    }
}
