//! A directory of migrations written by the test, a fresh database, and words for what is looked at.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use switchback::scratch::Scratch;
use switchback::seal::{self, SealOptions};
use switchback::{Connected, Dialect, Error, Migrator, Options, Report, Result, Row, Source, Target};
use tempfile::TempDir;

/// A directory of migrations and a fresh database.
pub struct World {
    dir: TempDir,
    pub database: Scratch,
    pub options: Options,
}

/// Runs a scenario on both engines.
pub fn on_both(scenario: impl Fn(World)) {
    for dialect in Dialect::ALL {
        eprintln!("on {}", dialect.as_str());
        scenario(World::new(dialect));
    }
}

/// Waits until something is so. Where all is well that takes a moment; whoever waits in vain fails with what it was.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(60), "in vain waited for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl World {
    pub fn new(dialect: Dialect) -> World {
        let database = switchback_tests::fresh(dialect);
        World { dir: TempDir::new().unwrap(), database, options: Options::default() }
    }

    pub fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    /// The directory of migrations.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("app")
    }

    /// Writes a file below the directory of migrations.
    pub fn file(&self, path: &str, text: impl AsRef<[u8]>) -> &World {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Writes a migration with both sides.
    pub fn migration(&self, folder: &str, up: &str, down: &str) -> &World {
        self.file(&format!("{folder}/up.sql"), up).file(&format!("{folder}/down.sql"), down)
    }

    pub fn remove(&self, path: &str) -> &World {
        let path = self.path().join(path);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap()
        } else {
            std::fs::remove_file(path).unwrap()
        }
        self
    }

    pub fn url(&self) -> &str {
        self.database.url()
    }

    pub fn migrator(&self) -> Migrator {
        Migrator::new(self.path()).options(self.options.clone())
    }

    pub fn connect(&self) -> Connected {
        self.try_connect().unwrap()
    }

    pub fn try_connect(&self) -> Result<Connected> {
        self.migrator().connect(self.url())
    }

    /// Compiles and proves what is declared, and writes the files that this makes.
    pub fn seal_with(&self, options: SealOptions) {
        let options = SealOptions { scratch: switchback_tests::scratch_options(), ..options };
        let sealing = seal::seal(&Source::Directory(self.path()), &options).unwrap();
        assert_eq!(sealing.failures().count(), 0, "{:?}", sealing.failures().collect::<Vec<_>>());
        for (path, text) in &sealing.files {
            self.file(path, text);
        }
    }

    pub fn up(&self) -> Report {
        self.try_up().unwrap()
    }

    pub fn try_up(&self) -> Result<Report> {
        self.try_connect()?.up(Target::Latest)
    }

    pub fn down(&self, target: Target) -> Report {
        self.try_down(target).unwrap()
    }

    pub fn try_down(&self, target: Target) -> Result<Report> {
        self.try_connect()?.down(target)
    }

    /// Runs statements on the database, outside any migration. Needs no directory of migrations.
    pub fn sql(&self, statements: &str) {
        let dir = TempDir::new().unwrap();
        std::fs::create_dir_all(dir.path().join("V0001__none")).unwrap();
        for side in ["up", "down"] {
            std::fs::write(dir.path().join("V0001__none").join(format!("{side}.sql")), "-- nothing\n")
                .unwrap();
        }
        let mut connected = Migrator::new(dir.path().to_owned()).connect(self.url()).unwrap();
        for statement in statements.split(";\n").filter(|s| !s.trim().is_empty()) {
            connected.transaction(|ctx| ctx.execute(statement, &[])).unwrap();
        }
    }

    /// All rows of a query.
    pub fn rows(&self, query: &str) -> Vec<Row> {
        self.connect().transaction(|ctx| ctx.query(query, &[])).unwrap()
    }

    /// The one number that a query returns.
    pub fn number(&self, query: &str) -> i64 {
        self.rows(query)[0].at(0).unwrap()
    }

    /// The versions in refinery's history.
    pub fn applied(&self) -> Vec<i64> {
        let status = self.connect().status().unwrap();
        status.applied.iter().map(|a| a.version).collect()
    }

    pub fn problems(&self) -> Vec<String> {
        self.connect().status().unwrap().problems.into_iter().map(|p| p.kind.to_owned()).collect()
    }

    /// Whether a table of the user's exists.
    pub fn has_table(&self, name: &str) -> bool {
        !self.raw(&self.table_query(name)).is_empty()
    }

    /// All rows of a query, whatever is wrong with the directory of migrations.
    pub fn raw(&self, query: &str) -> Vec<Row> {
        let none = switchback::EmbeddedSet { name: "none", files: &[], rust: &[] };
        let mut connected = Migrator::new(none).connect(self.url()).unwrap();
        connected.transaction(|ctx| ctx.query(query, &[])).unwrap()
    }

    fn table_query(&self, name: &str) -> String {
        match self.dialect() {
            Dialect::Sqlite => {
                format!("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{name}'")
            }
            Dialect::Postgres => format!("SELECT 1 FROM pg_class WHERE relkind = 'r' AND relname = '{name}'"),
        }
    }
}

/// An error's text with what differs between runs (temporary paths) taken out.
pub fn stable(e: &Error, world: &World) -> String {
    e.to_string().replace(&world.path().display().to_string(), "app")
}

/// A table with `n` rows, keys 1 to n.
pub fn numbers(n: u32) -> String {
    format!(
        "CREATE TABLE numbers (id bigint NOT NULL PRIMARY KEY, n bigint NOT NULL);
INSERT INTO numbers (id, n) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {n}) SELECT i, 0 FROM c;
"
    )
}

/// Where a file of the test's own lies.
#[allow(dead_code)]
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
