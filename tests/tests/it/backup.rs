//! Backups: whole, private, consistent, and held against what they say of themselves.

use crate::prove::Set;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use switchback::backup::{self, BackupReport, Reason};
use switchback::event::Silent;
use switchback::plan::Dialect;
use switchback::restore::{self, How};
use switchback::scratch::Scratch;
use switchback::{Connected, ErrorKind, Migrator, Options, Target, Watch};
use switchback_tests::{fresh, scratch_options};
use tempfile::TempDir;

/// A database with rows, and a folder for its backups.
pub struct Ground {
    pub dir: TempDir,
    pub set: Set,
    url: String,
    dialect: Dialect,
    /// Held: the database goes with it.
    _scratch: Option<Scratch>,
}

impl Ground {
    pub fn new(dialect: Dialect) -> Ground {
        let scratch = fresh(dialect);
        let url = scratch.url().to_owned();
        Ground { _scratch: Some(scratch), ..Ground::at(dialect, &url) }
    }

    /// A database that somebody else keeps.
    pub fn at(dialect: Dialect, url: &str) -> Ground {
        let set = Set::new();
        let id = match dialect {
            Dialect::Sqlite => "id integer PRIMARY KEY AUTOINCREMENT",
            Dialect::Postgres => "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        };
        set.migration(
            "V0001__users",
            &format!(
                "CREATE TABLE users ({id}, name text);
INSERT INTO users (name) VALUES ('Ada'), (NULL), ('Zoë');\n"
            ),
            "DROP TABLE users;\n",
        );
        Ground { dir: TempDir::new().unwrap(), set, url: url.to_owned(), dialect, _scratch: None }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A server that is just carrying out the change of names of a restore whose client was killed says for a moment that
    /// there is no such database.
    pub fn connect(&self) -> Connected {
        let connect = || Migrator::new(self.set.source()).connect(self.url());
        for _ in 0..20 {
            match connect() {
                Err(e) if e.server_code() == Some("3D000") => {
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                connected => return connected.unwrap(),
            }
        }
        connect().unwrap()
    }

    pub fn backups(&self) -> PathBuf {
        self.dir.path().join("backups")
    }

    pub fn backup(&self) -> BackupReport {
        let mut connected = self.connect();
        connected.up(Target::Latest).unwrap();
        backup::make(&mut connected, &self.backups(), Reason::Asked).unwrap()
    }
}

impl Ground {
    /// Another database of the same engine, with what is in the backup.
    pub fn restored_elsewhere(&self, backup: &Path) -> Scratch {
        let scratch = fresh(self.dialect());
        let how = How { dir: self.backups(), ..How::default() };
        let migrator = Migrator::new(self.set.source());
        restore::restore(&migrator, scratch.url(), backup, &how, &Watch::new(Silent)).unwrap();
        scratch
    }
}

/// As a manifest says it.
pub fn sha256(path: &Path) -> String {
    let output = std::process::Command::new("sha256sum").arg(path).output().unwrap();
    format!("sha256:{}", &String::from_utf8(output.stdout).unwrap()[..64])
}

fn verified(path: &Path) -> switchback::Result<backup::Manifest> {
    backup::restored(path, &Options::default(), &scratch_options(), &mut Silent)
}

fn is_private_and_says_what_is_in_it(dialect: Dialect) {
    let ground = Ground::new(dialect);
    let report = ground.backup();
    let manifest = verified(&report.path).unwrap();
    assert_eq!(manifest, report.manifest);
    assert_eq!((manifest.database.as_str(), manifest.engine.as_str()), ("app", dialect.as_str()));
    assert_eq!(manifest.head.unwrap().version, 1);
    assert!(manifest.identity.is_some());
    let tables: Vec<(&str, u64)> = manifest.tables.iter().map(|t| (t.table.as_str(), t.rows)).collect();
    assert_eq!(tables, [("users", 3)]);
    assert_eq!(manifest.counters.len(), 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&report.path), 0o700);
    assert_eq!(mode(&ground.backups()), 0o700);
    for file in manifest.files {
        assert_eq!(mode(&report.path.join(&file.path)), 0o600, "{}", file.path);
    }
}

#[test]
fn a_backup_is_private_and_says_what_is_in_it_on_sqlite() {
    is_private_and_says_what_is_in_it(Dialect::Sqlite);
}

#[test]
fn a_backup_is_private_and_says_what_is_in_it_on_postgres() {
    is_private_and_says_what_is_in_it(Dialect::Postgres);
}

/// Every file of a backup is cut, changed, taken away and added to, and the whole is put in another's place.
fn what_is_not_what_it_was_is_refused_by_name(dialect: Dialect) {
    let ground = Ground::new(dialect);
    let report = ground.backup();
    let said = || {
        let e = verified(&report.path).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Backup);
        e.to_string().replace(&report.path.display().to_string(), "BACKUP")
    };
    for file in report.manifest.files.iter().filter(|f| f.bytes > 0) {
        let path = report.path.join(&file.path);
        let whole = fs::read(&path).unwrap();
        let name = &file.path;

        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(said().contains(&format!("{name} has {} bytes and had {}", whole.len() / 2, whole.len())));

        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert!(said().contains(&format!("{name} has another SHA-256 than it had")));

        fs::remove_file(&path).unwrap();
        assert!(said().contains(&format!("{name} is missing")));
        fs::write(&path, &whole).unwrap();
    }
    fs::write(report.path.join("extra"), "").unwrap();
    assert!(said().contains("extra was not there"));
    fs::remove_file(report.path.join("extra")).unwrap();

    let manifest = report.path.join(backup::FILE);
    let whole = fs::read_to_string(&manifest).unwrap();
    for (from, to, expected) in [
        ("\"rows\": 3", "\"rows\": 4", "the table users has 3 rows and had 4"),
        ("\"format\": 1", "\"format\": 2", "the manifest has the form 2, and 1 is known"),
        ("\"files\"", "\"flies\"", "the manifest cannot be read"),
        ("\"table\": \"users\"", "\"table\": \"losers\"", "the table losers is missing"),
        ("\"version\": 1", "\"version\": 7", "its manifest is that of"),
    ] {
        assert!(whole.contains(from), "{from}");
        fs::write(&manifest, whole.replace(from, to)).unwrap();
        assert!(said().contains(expected), "{}", said());
    }
    fs::write(&manifest, whole).unwrap();
    verified(&report.path).unwrap();

    // The data of a later one under the manifest of this one, and the other way round.
    ground.connect().transaction(|ctx| ctx.execute("DELETE FROM users", &[])).unwrap();
    let later = ground.backup();
    let (ours, theirs) = (report.path.join(backup::FILE), later.path.join(backup::FILE));
    fs::copy(theirs, ours).unwrap();
    assert!(said().contains("BACKUP is not what it was"));
}

#[test]
fn a_backup_that_is_not_what_it_was_is_refused_by_name_on_sqlite() {
    what_is_not_what_it_was_is_refused_by_name(Dialect::Sqlite);
}

#[test]
fn a_backup_that_is_not_what_it_was_is_refused_by_name_on_postgres() {
    what_is_not_what_it_was_is_refused_by_name(Dialect::Postgres);
}

#[test]
fn a_damaged_database_is_not_backed_up() {
    let ground = Ground::new(Dialect::Sqlite);
    ground.backup();
    let path = ground.url().trim_start_matches("sqlite:").to_owned();
    let mut bytes = fs::read(&path).unwrap();
    // The rows of a page, not its header: SQLite opens it, and finds the damage when it looks.
    let page = bytes.windows(3).rposition(|w| w == b"Ada").unwrap();
    bytes[page - 8..page].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let mut connected = ground.connect();
    let before = fs::read_dir(ground.backups()).unwrap().count();
    let e = backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap_err();
    assert!(e.message().starts_with("the database is damaged: "), "{e}");
    assert_eq!(fs::read_dir(ground.backups()).unwrap().count(), before);
}

fn what_was_left_behind_is_removed_and_nothing_else(dialect: Dialect) {
    let ground = Ground::new(dialect);
    let part = ground.backups().join("2020-01-01T00-00-00Z.1.part");
    fs::create_dir_all(&part).unwrap();
    fs::write(part.join("database.sqlite"), "half of one").unwrap();
    let first = ground.backup();
    assert!(!part.exists());
    let second = ground.backup();
    assert_ne!(first.path, second.path);
    let listed: Vec<PathBuf> = backup::list(&ground.backups()).unwrap().into_iter().map(|b| b.path).collect();
    assert_eq!(listed, [first.path.clone(), second.path.clone()]);
    assert_eq!(backup::newest(&ground.backups(), "app").unwrap().path, second.path);
    assert_eq!(backup::forget(&ground.backups(), "app", Reason::Asked, 1).unwrap(), [first.path]);
    assert_eq!(backup::list(&ground.backups()).unwrap().len(), 1);
    // Those of other databases that lie in the same folder are no concern of ours.
    assert_eq!(backup::forget(&ground.backups(), "other", Reason::Asked, 0).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn what_a_killed_backup_left_behind_is_removed_and_the_oldest_where_only_some_are_kept_on_sqlite() {
    what_was_left_behind_is_removed_and_nothing_else(Dialect::Sqlite);
}

#[test]
fn what_a_killed_backup_left_behind_is_removed_and_the_oldest_where_only_some_are_kept_on_postgres() {
    what_was_left_behind_is_removed_and_nothing_else(Dialect::Postgres);
}

/// Money goes from one account to another all the time; none is ever made or lost.
fn under_load_it_is_one_moment(dialect: Dialect) {
    let ground = Ground::new(dialect);
    ground.set.migration(
        "V0002__accounts",
        "CREATE TABLE accounts (id integer PRIMARY KEY, amount integer NOT NULL, note text);
INSERT INTO accounts WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000) SELECT i, 100, 'a note of some length, so that there are pages enough' FROM c;
CREATE TABLE transfers (id integer PRIMARY KEY, what text);\n",
        "DROP TABLE transfers;\nDROP TABLE accounts;\n",
    );
    ground.connect().up(Target::Latest).unwrap();
    /// Also when a backup fails: the writer would go on for ever.
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = AtomicBool::new(false);
    let backups: Vec<BackupReport> = std::thread::scope(|scope| {
        let stopping = Stop(&stop);
        let writer = scope.spawn(|| {
            let mut connected = ground.connect();
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                let (from, to) = (n * 7 % 2000 + 1, n * 13 % 2000 + 1);
                connected
                    .transaction(|ctx| {
                        ctx.execute("UPDATE accounts SET amount = amount - 1 WHERE id = $1", &[from.into()])?;
                        ctx.execute("INSERT INTO transfers (id, what) VALUES ($1, 'one')", &[n.into()])?;
                        ctx.execute("UPDATE accounts SET amount = amount + 1 WHERE id = $1", &[to.into()])
                    })
                    .unwrap();
            }
            n
        });
        let backups = (0..5).map(|_| ground.backup()).collect();
        drop(stopping);
        assert!(writer.join().unwrap() > 20, "nobody wrote meanwhile");
        backups
    });
    let transfers =
        |b: &BackupReport| b.manifest.tables.iter().find(|t| t.table == "transfers").unwrap().rows;
    assert!(transfers(&backups[4]) > transfers(&backups[0]));
    for made in backups {
        verified(&made.path).unwrap();
        let restored = ground.restored_elsewhere(&made.path);
        let mut connected = Migrator::new(ground.set.source()).connect(restored.url()).unwrap();
        let rows = connected
            .transaction(|ctx| ctx.query("SELECT sum(amount), count(*) FROM accounts", &[]))
            .unwrap();
        assert_eq!((rows[0].at::<i64>(0).unwrap(), rows[0].at::<i64>(1).unwrap()), (200_000, 2000));
    }
}

#[test]
fn a_backup_under_load_is_one_moment_on_sqlite() {
    under_load_it_is_one_moment(Dialect::Sqlite);
}

#[test]
fn a_backup_under_load_is_one_moment_on_postgres() {
    under_load_it_is_one_moment(Dialect::Postgres);
}

/// `prepare` fills the database of that URL.
fn our_own_export_is_the_same_database(prepare: impl FnOnce(&str)) {
    let set = Set::new();
    set.migration("V0001__nothing", "SELECT 1;\n", "SELECT 1;\n");
    let ground = Ground { set, ..Ground::new(Dialect::Postgres) };
    ground.connect().up(Target::Latest).unwrap();
    prepare(ground.url());
    let options = Options { without_pg_dump: true, ..Options::default() };
    let mut connected = Migrator::new(ground.set.source()).options(options).connect(ground.url()).unwrap();
    let made = backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap();
    assert_eq!(made.manifest.form, backup::Form::Copy);
    verified(&made.path).unwrap();
    let copy = ground.restored_elsewhere(&made.path);
    Migrator::new(ground.set.source())
        .connect(copy.url())
        .unwrap()
        .transaction(|ctx| ctx.execute("DELETE FROM switchback_journal WHERE event = 'restored'", &[]))
        .unwrap();
    // Judged by `pg_dump`, where there is one: schema, owners, rights, comments, rows.
    let (was, is) =
        (switchback_tests::pg_dump(ground.url(), &[]), switchback_tests::pg_dump(copy.url(), &[]));
    if let (Some(was), Some(is)) = (was, is) {
        let mut lines = was.lines().zip(is.lines()).enumerate().filter(|(_, (was, is))| was != is);
        assert_eq!(lines.next(), None);
        assert_eq!(was.len(), is.len());
    }
}

/// Runs the SQL of a file.
pub fn run_file(url: &str, path: &str) {
    let target = switchback::connect::PgTarget::parse(url).unwrap();
    let mut client = switchback::connect::connect_postgres(&target, &Default::default()).unwrap();
    client.batch_execute(&fs::read_to_string(crate::support::fixture(path)).unwrap()).unwrap();
}

#[test]
fn our_own_export_is_the_same_database_as_pg_dump_sees_it() {
    our_own_export_is_the_same_database(|url| run_file(url, "fixtures/export.sql"));
}

#[test]
fn our_own_export_of_the_shipped_database_is_the_same_database() {
    our_own_export_is_the_same_database(|url| {
        let options = Options { schema: Some("elsewhere".to_owned()), ..Options::default() };
        let set = switchback_migrations::JOURNAL;
        Migrator::new(set).options(options).connect(url).unwrap().up(Target::Latest).unwrap();
    });
}

#[test]
fn what_our_own_export_cannot_write_is_refused_by_name() {
    let ground = Ground::new(Dialect::Postgres);
    run_file(ground.url(), "../crates/switchback/src/schema/postgres/tests/rich.sql");
    let options = Options { without_pg_dump: true, ..Options::default() };
    let mut connected = Migrator::new(ground.set.source()).options(options).connect(ground.url()).unwrap();
    let e = backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Unsupported);
    for what in ["aggregate total(integer)", "foreign table far", "type span", "event trigger watch"] {
        assert!(e.message().contains(what), "{e}");
    }
    assert_eq!(fs::read_dir(ground.backups()).unwrap().count(), 0);
}
