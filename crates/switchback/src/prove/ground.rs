//! Where a proof takes place: throwaway databases of one engine, empty ones and copies.

use super::rows::Donor;
use crate::connect::{
    Canceller, DatabaseUrl, SessionOptions, SqliteTarget, connect_postgres, open_sqlite, process_environment,
};
use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::db::sqlite::{Sqlite, error};
use crate::migrator::{Connected, Migrator};
use crate::options::Options;
use crate::scratch::{self, PgCluster, ServerDatabase, binaries};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use switchback_plan::{Dialect, MigrationSet, Result, Sensitive};
use time::OffsetDateTime;
use time::macros::datetime;

/// The time on throwaway databases.
pub(crate) const CLOCK: OffsetDateTime = datetime!(2024-02-29 23:59:59.5 UTC);
/// What the random source of Rust migrations starts with there.
pub(crate) const SEED: u64 = 0x5eed;

/// One engine, and the set that is to be proven on it.
pub(super) struct Ground {
    pub dialect: Dialect,
    pub set: MigrationSet,
    migrator: Migrator,
    options: Options,
    scratch: scratch::Options,
    /// Where rows are copied from.
    sample: Option<String>,
    /// Leave out the turns half-way.
    pub whole_only: bool,
    /// Somebody's Ctrl-C.
    interrupt: Arc<AtomicBool>,
    /// A server of our own, as long as this lives.
    cluster: Option<PgCluster>,
    /// Migrations make roles, which belong to the server and not to a throwaway database.
    pub makes_roles: bool,
}

/// A throwaway database with a set of migrations.
pub(super) struct Place {
    connected: Option<Connected>,
    // Dropped after the connection: the database goes with it.
    kept: Option<ServerDatabase>,
}

impl Place {
    /// Nothing: what was there before is gone.
    pub fn gone() -> Place {
        Place { connected: None, kept: None }
    }

    /// The open connection.
    ///
    /// # Errors
    /// When the database could not be opened again behind a copy.
    pub fn open(&mut self, ground: &Ground) -> Result<&mut Connected> {
        if self.connected.is_none()
            && let Some(kept) = &self.kept
        {
            self.connected = Some(ground.connect(kept.url())?);
        }
        self.connected.as_mut().ok_or_else(crate::db::interrupted)
    }
}

impl Ground {
    /// Columns whose values are in no difference.
    pub fn sensitive(&self) -> &Sensitive {
        &self.options.sensitive
    }

    /// Starts a server where one is needed and none is given.
    pub fn new(
        migrator: Migrator,
        set: MigrationSet,
        scratch: &scratch::Options,
        options: &Options,
        sample: Option<&str>,
    ) -> Result<Ground> {
        let dialect = set.dialect;
        let mut scratch = scratch.clone();
        let mut cluster = None;
        if dialect == Dialect::Postgres && scratch.scratch_url.is_none() {
            let started = PgCluster::start(&binaries::find(scratch.pg_major)?, &scratch.pg)?;
            scratch.scratch_url = Some(started.url("postgres"));
            cluster = Some(started);
        }
        let interrupt = Arc::clone(&options.interrupt);
        // What is set for the real database does not hold for these; what a Rust migration reads does.
        let options = Options {
            schema: None,
            single_transaction: false,
            watch_losses: false,
            benchmarks: false,
            preflight: false,
            clock: Some(options.clock.unwrap_or(CLOCK)),
            seed: Some(options.seed.unwrap_or(SEED)),
            ..options.clone()
        };
        let sample = sample.map(str::to_owned);
        Ok(Ground {
            dialect,
            migrator,
            options,
            scratch,
            sample,
            interrupt,
            whole_only: false,
            makes_roles: dialect == Dialect::Postgres && super::makes_roles(&set),
            set,
            cluster,
        })
    }

    /// Whether the server was started for this proof.
    pub fn is_own_server(&self) -> bool {
        self.cluster.is_some()
    }

    /// The server on which roles come and go with the databases of a proof: our own, where migrations make any.
    fn server_with_roles(&self) -> Option<String> {
        self.cluster.as_ref().filter(|_| self.makes_roles).map(|cluster| cluster.url("postgres"))
    }

    /// The roles that there are now.
    pub fn roles(&self) -> Result<Vec<String>> {
        self.server_with_roles().map_or(Ok(Vec::new()), |server| scratch::server::roles(&server))
    }

    /// Drops the roles that databases made which are gone.
    pub fn forget_roles(&self, kept: &[String]) -> Result<()> {
        self.server_with_roles().map_or(Ok(()), |server| scratch::server::drop_roles_but(&server, kept))
    }

    /// The real database that gives rows, where one of this engine was named.
    pub fn donor(&self) -> Result<Option<Donor>> {
        let open = |url: &String| Donor::open(url, self.dialect, &self.interrupt);
        self.sample.as_ref().map_or(Ok(None), open)
    }

    /// Stops here when the user wants that.
    pub fn check_interrupt(&self) -> Result<()> {
        if self.interrupt.load(Ordering::Relaxed) { Err(crate::db::interrupted()) } else { Ok(()) }
    }

    /// An empty database with the roles, extensions and setup that were asked for.
    pub fn fresh(&self) -> Result<Place> {
        match (self.dialect, &self.scratch.scratch_url) {
            (Dialect::Postgres, Some(server)) => {
                let kept = ServerDatabase::create(server)?;
                scratch::prepare_postgres(kept.url(), &self.scratch)?;
                let connected = self.connect(kept.url())?;
                Ok(Place { connected: Some(connected), kept: Some(kept) })
            }
            (Dialect::Postgres | Dialect::Sqlite, _) => {
                let conn = open_sqlite(&SqliteTarget::memory(), true, false)?;
                if let Some(setup) = &self.scratch.setup {
                    scratch::sqlite::run_setup(&conn, setup)?;
                }
                self.in_memory(conn)
            }
        }
    }

    /// Another database with the same content.
    pub fn copy(&self, from: &mut Place) -> Result<Place> {
        match &from.kept {
            Some(kept) => {
                // A database is copied only while nobody is connected to it.
                from.connected = None;
                let kept = kept.copy()?;
                let connected = self.connect(kept.url())?;
                Ok(Place { connected: Some(connected), kept: Some(kept) })
            }
            None => {
                let mut conn = open_sqlite(&SqliteTarget::memory(), true, false)?;
                if let Database::Sqlite(db) = &from.open(self)?.db {
                    rusqlite::backup::Backup::new(db.connection(), &mut conn)
                        .and_then(|backup| {
                            backup.run_to_completion(i32::MAX, std::time::Duration::ZERO, None)
                        })
                        .map_err(|e| error(&e))?;
                }
                self.in_memory(conn)
            }
        }
    }

    fn in_memory(&self, conn: rusqlite::Connection) -> Result<Place> {
        let db = Database::Sqlite(Box::new(Sqlite::new(conn, None, Arc::clone(&self.interrupt))?));
        Ok(Place { connected: Some(self.connected(db)), kept: None })
    }

    fn connect(&self, url: &str) -> Result<Connected> {
        let DatabaseUrl::Postgres(target) =
            DatabaseUrl::parse(url)?.with_environment(&process_environment)?
        else {
            return Err(crate::db::interrupted());
        };
        let client = connect_postgres(&target, &SessionOptions::default())?;
        let canceller = Canceller::new(&client, &target)?;
        let db =
            Postgres::new(client, canceller, self.options.schema.as_deref(), Arc::clone(&self.interrupt))?;
        Ok(self.connected(Database::Postgres(Box::new(db))))
    }

    /// A run is stopped between two steps by a flag that statements do not see; Ctrl-C reaches them by another.
    fn connected(&self, db: Database) -> Connected {
        let options = Options { interrupt: Arc::default(), ..self.options.clone() };
        let mut connected = self.migrator.with(self.set.clone(), db, options);
        connected.has_work = true;
        connected
    }
}
