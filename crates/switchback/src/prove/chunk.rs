//! A run of neighbouring migrations, proven one after the other on one database that goes on with its rows.

use super::compare::Snapshot;
use super::ground::{Ground, Place};
use super::one;
use super::report::{MigrationProof, Unfilled, Verdict};
use super::rows::{Donor, Filled};
use crate::content;
use crate::migrator::Connected;
use crate::schema::{self, Cache, Depth, Scope};
use crate::scratch::server::about_roles;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use std::time::Instant;
use switchback_plan::schema::Schema;
use switchback_plan::{Error, Result, Target};

/// What was found.
pub(super) struct Proven {
    pub major: String,
    pub migrations: Vec<MigrationProof>,
    pub unfilled: Vec<Unfilled>,
}

/// A database on which a chunk is proven.
pub(super) struct Prover<'g> {
    pub ground: &'g Ground,
    /// With rows.
    pub place: Place,
    /// Without any but those that migrations write; made when it is first needed.
    bare: Option<Bare>,
    /// The roles that the server began with.
    roles: Vec<String>,
    /// What the database is known to be now.
    pub now: Option<Snapshot>,
    /// Tables whose rows are too many to be kept.
    large: BTreeSet<String>,
    pub unfilled: Vec<Unfilled>,
    /// What was last read of it.
    schemas: Cache,
    contents: content::Cache,
    /// What was filled, and what refuses it.
    pub filled: Filled,
    /// A real database that gives rows.
    pub donor: Option<Donor>,
}

/// A database without rows of a proof.
struct Bare {
    place: Place,
    /// How many of the set are applied.
    applied: usize,
    /// The roles that there were then.
    roles: Vec<String>,
}

/// Proves the migrations of those indexes.
pub(super) fn prove(ground: &Ground, range: Range<usize>) -> Result<Proven> {
    let mut prover = Prover {
        ground,
        place: ground.fresh()?,
        bare: None,
        roles: ground.roles()?,
        now: None,
        large: BTreeSet::new(),
        unfilled: Vec::new(),
        schemas: Cache::default(),
        contents: content::Cache::default(),
        filled: Filled::default(),
        donor: ground.donor()?,
    };
    let mut migrations = Vec::with_capacity(range.len());
    let mut stopped = match prover.place.open(ground).and_then(|c| apply(c, range.start)) {
        Ok(()) => None,
        Err(e) if is_ours(&e) => return Err(e),
        Err(e) => Some(format!("what lies before it cannot be applied: {e}")),
    };
    for index in range {
        ground.check_interrupt()?;
        let m = &ground.set.migrations[index];
        let start = Instant::now();
        let mut proof = MigrationProof {
            version: m.version,
            name: m.name.clone(),
            verdict: Verdict::Unproven,
            passed: false,
            reasons: Vec::new(),
            tables: Vec::new(),
            differences: Vec::new(),
            losses: Vec::new(),
            redo: Vec::new(),
            lost: Vec::new(),
            prefixes: Vec::new(),
            schema: None,
            seconds: 0.0,
        };
        match &stopped {
            Some(why) => proof.reasons.push(why.clone()),
            None => {
                if !one::prove(&mut prover, index, &mut proof)? {
                    stopped = Some(format!("{} before it cannot be applied", m.label()));
                }
            }
        }
        proof.seconds = start.elapsed().as_secs_f64();
        migrations.push(proof);
    }
    let major = prover.connected()?.db.major()?;
    Ok(Proven { major, migrations, unfilled: prover.unfilled })
}

/// Whether an error is none of the migration's.
pub(super) fn is_ours(e: &Error) -> bool {
    use switchback_plan::ErrorKind as K;
    matches!(e.kind(), K::Interrupted | K::Connection | K::Config | K::Io)
}

/// Applies the first `count` migrations, as far as they are not applied.
fn apply(connected: &mut Connected, count: usize) -> Result<()> {
    let version = count.checked_sub(1).map(|last| connected.local.migrations[last].version);
    let up = |version| connected.up(Target::Version(version)).map(drop).map_err(about_roles);
    version.map_or(Ok(()), up)
}

impl Prover<'_> {
    /// The database with rows.
    pub fn connected(&mut self) -> Result<&mut Connected> {
        self.place.open(self.ground)
    }

    /// Begins anew with a database on which the first `count` migrations are applied, and no rows but theirs.
    pub fn start_over(&mut self, count: usize) -> Result<()> {
        // First what is there goes, with the roles that it made.
        self.place = Place::gone();
        let bare = self.bare.take().filter(|bare| bare.applied <= count);
        self.ground.forget_roles(bare.as_ref().map_or(&self.roles, |bare| &bare.roles))?;
        let mut bare = match bare {
            Some(bare) => bare,
            None => Bare { place: self.ground.fresh()?, applied: 0, roles: self.roles.clone() },
        };
        if bare.applied < count {
            apply(bare.place.open(self.ground)?, count)?;
            bare.roles = self.ground.roles()?;
            bare.applied = count;
        }
        self.place = self.ground.copy(&mut bare.place)?;
        self.bare = Some(bare);
        self.now = None;
        self.schemas = Cache::default();
        self.contents = content::Cache::default();
        self.filled = std::mem::take(&mut self.filled).elsewhere();
        Ok(())
    }

    /// Schema and content, as they are.
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        let connected = self.place.open(self.ground)?;
        let schema = schema::read_cached(&mut connected.db, &Scope::All, Depth::Compare, &mut self.schemas)?;
        let content = content::read(&mut connected.db, &schema, &self.large, &mut self.contents)?;
        Ok(Snapshot { schema, content })
    }

    /// The content, where the schema is known.
    pub fn content(&mut self, schema: &Rc<Schema>) -> Result<content::Content> {
        let connected = self.place.open(self.ground)?;
        content::read(&mut connected.db, schema, &self.large, &mut self.contents)
    }

    /// What the next migration begins with. Tables that have grown large are read anew, as such.
    pub fn known(&mut self) -> Result<Snapshot> {
        let known = match self.now.take() {
            Some(known) => known,
            None => self.snapshot()?,
        };
        let large = known.content.large();
        if large.is_subset(&self.large) {
            return Ok(known);
        }
        self.large.extend(large);
        self.snapshot()
    }
}
