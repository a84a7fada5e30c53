//! Fresh databases on the disk, durable as the engines are by default.

use crate::Result;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use switchback::scratch::{PgCluster, PgOptions, binaries};
use tempfile::TempDir;

/// The two engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }
}

/// Where databases are made.
pub struct Ground {
    dir: TempDir,
    /// On a file system in memory, where there is one.
    memory: TempDir,
    cluster: Option<PgCluster>,
    made: u32,
}

impl Ground {
    pub fn new() -> Result<Ground> {
        let dir = tempfile::Builder::new().prefix("switchback-bench-").tempdir()?;
        let memory = Path::new("/dev/shm");
        let memory = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let memory = tempfile::Builder::new().prefix("switchback-bench-").tempdir_in(memory)?;
        Ok(Ground { dir, memory, cluster: None, made: 0 })
    }

    /// A path that nobody uses yet.
    pub fn path(&mut self, name: &str) -> PathBuf {
        self.made += 1;
        self.dir.path().join(format!("{name}-{}", self.made))
    }

    /// An empty database.
    pub fn fresh(&mut self, engine: Engine) -> Result<String> {
        match engine {
            Engine::Sqlite => Ok(format!("sqlite:{}", self.path("app").with_extension("db").display())),
            Engine::Postgres => {
                self.made += 1;
                let name = format!("bench_{}", self.made);
                Ok(self.cluster()?.create_database(&name)?)
            }
        }
    }

    /// An empty database on a disk that costs nothing, if it is a file: a thousand times the same wait would hide what
    /// the program itself does.
    pub fn fresh_in_memory(&mut self, engine: Engine) -> Result<String> {
        match engine {
            Engine::Sqlite => {
                self.made += 1;
                Ok(format!("sqlite:{}", self.memory.path().join(format!("app-{}.db", self.made)).display()))
            }
            Engine::Postgres => self.fresh(engine),
        }
    }

    /// Another database with the same content.
    pub fn copy(&mut self, engine: Engine, url: &str) -> Result<String> {
        match engine {
            Engine::Sqlite => {
                let copy = self.path("copy").with_extension("db");
                let from = url.strip_prefix("sqlite:").unwrap_or(url);
                std::fs::copy(from, &copy)?;
                std::fs::File::open(&copy)?.sync_all()?;
                Ok(format!("sqlite:{}", copy.display()))
            }
            Engine::Postgres => {
                self.made += 1;
                let (name, from) =
                    (format!("bench_{}", self.made), url.rsplit('/').next().unwrap_or_default());
                let server = self.cluster()?.url("postgres");
                let mut client = postgres::Client::connect(&server, postgres::NoTls)?;
                client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {from}"))?;
                Ok(self.cluster()?.url(&name))
            }
        }
    }

    /// Takes a database away again, so that a long run does not fill the disk.
    pub fn discard(&mut self, url: &str) -> Result {
        match url.strip_prefix("sqlite:") {
            Some(path) => std::fs::remove_file(path)?,
            None => {
                let name = url.rsplit('/').next().unwrap_or_default();
                let mut client =
                    postgres::Client::connect(&self.cluster()?.url("postgres"), postgres::NoTls)?;
                client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))?;
            }
        }
        Ok(())
    }

    /// The version of the server, or of the library.
    pub fn version(&mut self, engine: Engine) -> Result<String> {
        Ok(match engine {
            Engine::Sqlite => rusqlite::version().to_owned(),
            Engine::Postgres => self.cluster()?.version().to_owned(),
        })
    }

    fn cluster(&mut self) -> Result<&mut PgCluster> {
        let cluster = match self.cluster.take() {
            Some(cluster) => cluster,
            None => {
                let options = PgOptions { durable: true, ..PgOptions::default() };
                PgCluster::start(&binaries::find(None)?, &options)?
            }
        };
        Ok(self.cluster.insert(cluster))
    }

    /// What one fsync costs here: what a commit cannot be faster than.
    pub fn fsync(&mut self) -> Result<Duration> {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.path("fsync"))?;
        let mut times = Vec::new();
        for _ in 0..50 {
            file.write_all(&[0; 4096])?;
            let start = Instant::now();
            file.sync_all()?;
            times.push(start.elapsed());
        }
        times.sort();
        Ok(times[times.len() / 2])
    }
}
