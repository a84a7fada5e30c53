//! A directory of migrations applied to a throwaway database.

use crate::connect::DatabaseUrl;
use crate::migrator::{Connected, Migrator};
use crate::options::Options;
use crate::scratch::{self, Scratch};
use crate::set::Source;
use switchback_plan::{Dialect, Result, Target};

/// A throwaway database and its migrations; gone when it is dropped.
pub(crate) struct Replay {
    pub connected: Connected,
    scratch: Scratch,
    options: Options,
}

impl Replay {
    /// An empty throwaway database.
    pub fn new(source: Source, dialect: Dialect, options: &Options, on: &scratch::Options) -> Result<Replay> {
        let scratch = Scratch::open(dialect, on)?;
        // What is set for the real database does not hold for this one; what a Rust migration reads does.
        let options = Options {
            set: options.set.clone(),
            interrupt: options.interrupt.clone(),
            runner: options.runner.clone(),
            database: options.database.clone(),
            root: options.root.clone(),
            ..Options::default()
        };
        let connected = Replay::connect(source, &options, &scratch)?;
        Ok(Replay { connected, scratch, options })
    }

    /// Goes on with other files.
    pub fn with(&mut self, source: Source) -> Result<()> {
        self.connected = Replay::connect(source, &self.options, &self.scratch)?;
        Ok(())
    }

    fn connect(source: Source, options: &Options, scratch: &Scratch) -> Result<Connected> {
        DatabaseUrl::parse(scratch.url())?;
        Migrator::new(source).options(options.clone()).connect(scratch.url())
    }

    /// Applies the migrations up to and including a version; `None` is all of them.
    pub fn up(&mut self, to: Option<i64>) -> Result<()> {
        self.connected.up(to.map_or(Target::Latest, Target::Version)).map(|_| ())
    }
}
