//! Going back to a backup: the old state or the new one, whole, and the present one kept.

use crate::backup::Ground;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use switchback::backup::{self, Reason};
use switchback::event::Silent;
use switchback::plan::Dialect;
use switchback::restore::{self, Before, How, Restored};
use switchback::rollback;
use switchback::{ErrorKind, Migrator, Options, Result, Target, Watch};

impl Ground {
    pub fn migrator(&self) -> Migrator {
        let options = Options { lock_wait: Duration::from_millis(200), ..Options::default() };
        Migrator::new(self.set.source()).options(options)
    }

    pub fn how(&self) -> How {
        How { dir: self.backups(), ..How::default() }
    }

    pub fn restore(&self, from: &Path, how: &How) -> Result<Restored> {
        restore::restore(&self.migrator(), self.url(), from, how, &Watch::new(Silent))
    }

    pub fn sql(&self, sql: &str) {
        self.connect().transaction(|ctx| ctx.execute(sql, &[])).unwrap();
    }

    pub fn names(&self) -> Vec<Option<String>> {
        let rows = self.connect().transaction(|ctx| ctx.query("SELECT name FROM users ORDER BY id", &[]));
        rows.unwrap().iter().map(|row| row.at(0).unwrap()).collect()
    }

    pub fn file(&self) -> PathBuf {
        PathBuf::from(self.url().trim_start_matches("sqlite:"))
    }

    pub fn events(&self) -> Vec<String> {
        self.connect().log(None).unwrap().into_iter().map(|e| e.event).collect()
    }
}

const THREE: [Option<&str>; 3] = [Some("Ada"), None, Some("Zoë")];

fn three() -> Vec<Option<String>> {
    THREE.iter().map(|n| n.map(str::to_owned)).collect()
}

fn a_restore_brings_everything_back_and_keeps_the_state_before(dialect: Dialect) {
    let ground = Ground::new(dialect);
    let made = ground.backup();
    ground.set.migration(
        "V0002__more",
        "CREATE TABLE more (id integer PRIMARY KEY);\n",
        "DROP TABLE more;\n",
    );
    ground.connect().up(Target::Latest).unwrap();
    ground.sql("DELETE FROM users WHERE name = 'Ada'");
    ground.sql("INSERT INTO users (name) VALUES ('later')");

    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!(ground.names(), three());
    let status = ground.connect().status().unwrap();
    assert_eq!(status.applied.iter().map(|a| a.version).collect::<Vec<_>>(), [1]);
    assert_eq!(status.pending.len(), 1);
    assert_eq!(status.problems.len(), 0);
    assert_eq!(ground.events().last().unwrap(), "restored");
    // The counter stands where it stood, so that no key is given twice and none is left out.
    ground.sql("INSERT INTO users (name) VALUES ('fourth')");
    let last = ground.connect().transaction(|ctx| ctx.query("SELECT max(id) FROM users", &[])).unwrap();
    assert_eq!(last[0].at::<i64>(0).unwrap(), 4);

    // And the way forward again: to the state that was put away.
    match restored.before {
        Before::Backup(path) => {
            assert_eq!(dialect, Dialect::Sqlite);
            assert!(path.to_string_lossy().ends_with("_V2_before_restore"), "{}", path.display());
            ground.restore(&path, &ground.how()).unwrap();
        }
        Before::Database(name) => {
            assert_eq!(dialect, Dialect::Postgres);
            let old = ground.url().rsplit_once('/').unwrap().0.to_owned() + "/" + &name;
            let mut connected = ground.migrator().connect(&old).unwrap();
            assert_eq!(connected.status().unwrap().applied.len(), 2);
            let rows = connected.transaction(|ctx| ctx.query("SELECT count(*) FROM users", &[])).unwrap();
            assert_eq!(rows[0].at::<i64>(0).unwrap(), 3);
            drop(connected);
            ground.drop_database(&name);
            return;
        }
        Before::Nothing => panic!("nothing was kept"),
    }
    assert_eq!(ground.names(), [None, Some("Zoë".to_owned()), Some("later".to_owned())]);
    assert_eq!(ground.connect().status().unwrap().applied.len(), 2);
}

#[test]
fn a_restore_brings_everything_back_and_keeps_the_state_before_on_sqlite() {
    a_restore_brings_everything_back_and_keeps_the_state_before(Dialect::Sqlite);
}

#[test]
fn a_restore_brings_everything_back_and_keeps_the_state_before_on_postgres() {
    a_restore_brings_everything_back_and_keeps_the_state_before(Dialect::Postgres);
}

fn another_databases_backup_is_refused(dialect: Dialect) {
    let (ground, other) = (Ground::new(dialect), Ground::new(dialect));
    ground.connect().up(Target::Latest).unwrap();
    ground.sql("DELETE FROM users");
    let made = other.backup();
    let e = ground.restore(&made.path, &ground.how()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Backup);
    assert!(
        e.to_string().contains("is a backup of another database: its journal began with another row"),
        "{e}"
    );
    assert_eq!(ground.names(), Vec::<Option<String>>::new());
    let how = How { any_database: true, ..ground.how() };
    let restored = ground.restore(&made.path, &how).unwrap();
    assert_eq!(ground.names(), three());
    ground.forget(&restored);

    let foreign = Ground::new(if dialect == Dialect::Sqlite { Dialect::Postgres } else { Dialect::Sqlite });
    let e = ground.restore(&foreign.backup().path, &how).unwrap_err();
    assert!(e.to_string().contains("name a backup of this engine"), "{e}");
}

#[test]
fn a_backup_of_another_database_is_refused_by_name_on_sqlite() {
    another_databases_backup_is_refused(Dialect::Sqlite);
}

#[test]
fn a_backup_of_another_database_is_refused_by_name_on_postgres() {
    another_databases_backup_is_refused(Dialect::Postgres);
}

fn a_damaged_backup_changes_nothing(dialect: Dialect) {
    let ground = Ground::new(dialect);
    let made = ground.backup();
    ground.sql("DELETE FROM users");
    let file = made.manifest.files.iter().max_by_key(|f| f.bytes).unwrap();
    let path = made.path.join(&file.path);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let e = ground.restore(&made.path, &ground.how()).unwrap_err();
    assert!(e.message().contains("has another SHA-256 than it had"), "{e}");
    assert_eq!(ground.names(), Vec::<Option<String>>::new());
    assert_eq!(backup::list(&ground.backups()).unwrap().len(), 1);
}

#[test]
fn a_damaged_backup_is_refused_before_anything_is_changed_on_sqlite() {
    a_damaged_backup_changes_nothing(Dialect::Sqlite);
}

#[test]
fn a_damaged_backup_is_refused_before_anything_is_changed_on_postgres() {
    a_damaged_backup_changes_nothing(Dialect::Postgres);
}

fn a_database_that_is_gone_comes_back(dialect: Dialect) {
    let ground = Ground::new(dialect);
    let made = ground.backup();
    match dialect {
        Dialect::Sqlite => fs::remove_file(ground.file()).unwrap(),
        Dialect::Postgres => ground.drop_database(ground.url().rsplit_once('/').unwrap().1),
    }
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!(restored.before, Before::Nothing);
    assert_eq!(ground.names(), three());
}

#[test]
fn a_database_that_is_gone_comes_back_on_sqlite() {
    a_database_that_is_gone_comes_back(Dialect::Sqlite);
}

#[test]
fn a_database_that_is_gone_comes_back_on_postgres() {
    a_database_that_is_gone_comes_back(Dialect::Postgres);
}

#[test]
fn a_sqlite_file_that_is_no_database_any_more_is_replaced_and_kept_as_it_is() {
    let ground = Ground::new(Dialect::Sqlite);
    let made = ground.backup();
    let (file, wal) = (ground.file(), PathBuf::from(format!("{}-wal", ground.file().display())));
    let mut bytes = fs::read(&file).unwrap();
    bytes[..100].fill(0x55);
    fs::write(&file, &bytes).unwrap();
    // What would be replayed over the new file, if it stayed.
    fs::write(&wal, "what a crash left").unwrap();
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!(restored.way, "file");
    assert_eq!(ground.names(), three());
    assert!(!wal.exists());
    let Before::Backup(kept) = restored.before else { panic!("nothing was kept") };
    assert_eq!(fs::read(kept.join(file.file_name().unwrap())).unwrap(), bytes);
    assert_eq!(fs::read_to_string(kept.join(wal.file_name().unwrap())).unwrap(), "what a crash left");
    // It is no backup, and not the newest one.
    assert_eq!(backup::newest(&ground.backups(), "app").unwrap().path, made.path);
}

#[test]
fn a_damaged_sqlite_database_that_opens_is_kept_as_it_is_and_written_over() {
    let ground = Ground::new(Dialect::Sqlite);
    let made = ground.backup();
    let mut bytes = fs::read(ground.file()).unwrap();
    let row = bytes.windows(3).rposition(|w| w == b"Ada").unwrap();
    bytes[row - 8..row].fill(0xff);
    fs::write(ground.file(), &bytes).unwrap();
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!((restored.way, ground.names()), ("pages", three()));
    let Before::Backup(kept) = restored.before else { panic!("nothing was kept") };
    assert_eq!(fs::read(kept.join(ground.file().file_name().unwrap())).unwrap(), bytes);
}

#[test]
fn a_reader_in_wal_mode_goes_on_reading_what_it_began_with() {
    let ground = Ground::new(Dialect::Sqlite);
    let wal = rusqlite::Connection::open(ground.file()).unwrap();
    wal.pragma_update(None, "journal_mode", "wal").unwrap();
    let made = ground.backup();
    ground.sql("INSERT INTO users (name) VALUES ('later')");
    wal.execute_batch("BEGIN; SELECT count(*) FROM users").unwrap();
    let count = || wal.query_row("SELECT count(*) FROM users", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(), 4);
    ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!(count(), 4);
    wal.execute_batch("COMMIT").unwrap();
    assert_eq!(count(), 3);
    // The folder of the backup holds what it held: nothing was opened for writing there.
    backup::files(&made.path).unwrap();
}

#[test]
fn a_writer_on_sqlite_is_waited_for_and_then_named() {
    let ground = Ground::new(Dialect::Sqlite);
    let made = ground.backup();
    ground.sql("DELETE FROM users");
    let mut writer = std::process::Command::new("python3")
        .args(["-c", "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE'); print('has it', flush=True); time.sleep(60)"])
        .arg(ground.file())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = [0; 6];
    std::io::Read::read_exact(writer.stdout.as_mut().unwrap(), &mut line).unwrap();
    let e = ground.restore(&made.path, &ground.how()).unwrap_err();
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert_eq!(e.kind(), ErrorKind::Locked);
    assert!(e.to_string().contains(&format!("pid {} (python3)", writer.id())), "{e}");
    assert_eq!(ground.names(), Vec::<Option<String>>::new());
    ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!(ground.names(), three());
}

/// Inserts one row after the other, and says of each that it is there when it is.
const WRITER: &str = "
import sqlite3, sys, time
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
c.execute('PRAGMA journal_mode = ' + sys.argv[2])
i = 0
while True:
    i += 1
    c.execute('INSERT INTO written VALUES (?)', (i,))
    print(i, flush=True)
    time.sleep(0.01)
";

/// A writer that goes on all the time: each row that it was told is there lies in the restored database or in the state
/// that was kept.
fn nothing_that_was_committed_is_lost(journal_mode: &str) {
    let ground = Ground::new(Dialect::Sqlite);
    ground.sql("CREATE TABLE written (id integer PRIMARY KEY)");
    ground.sql("CREATE TABLE much AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 50000) SELECT i, hex(randomblob(50)) FROM c");
    let made = ground.backup();
    let mut writer = std::process::Command::new("python3")
        .args(["-c", WRITER, ground.file().to_str().unwrap(), journal_mode])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = std::io::BufRead::lines(std::io::BufReader::new(writer.stdout.take().unwrap()));
    let mut said: Vec<String> = acknowledged.by_ref().take(20).map(|line| line.unwrap()).collect();
    let restored = ground.restore(&made.path, &ground.how());
    writer.kill().unwrap();
    writer.wait().unwrap();
    said.extend(acknowledged.map(|line| line.unwrap()));
    let ids = |file: &Path| -> Vec<String> {
        let connection = rusqlite::Connection::open(file).unwrap();
        let mut statement = connection.prepare("SELECT id FROM written").unwrap();
        let rows = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|id| id.unwrap().to_string()).collect()
    };
    let mut there = ids(&ground.file());
    match restored {
        Ok(restored) => {
            let Before::Backup(before) = restored.before else { panic!("nothing was kept") };
            there.extend(ids(&before.join("database.sqlite")));
        }
        Err(e) => assert_eq!(e.kind(), ErrorKind::Locked, "{e}"),
    }
    let lost: Vec<&String> = said.iter().filter(|id| !there.contains(id)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}

#[test]
fn nothing_that_was_committed_beside_a_restore_is_lost_on_sqlite() {
    nothing_that_was_committed_is_lost("delete");
}

#[test]
fn nothing_that_was_committed_beside_a_restore_is_lost_in_wal_mode() {
    nothing_that_was_committed_is_lost("wal");
}

#[test]
fn a_database_that_is_locked_is_not_taken_for_one_that_cannot_be_read() {
    let ground = Ground::new(Dialect::Sqlite);
    ground.backup();
    let other = rusqlite::Connection::open(ground.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (migrator, dir) = (Migrator::new(ground.set.source()), ground.backups());
    let e = rollback::choose(&migrator, ground.url(), &dir, &rollback::By::Best, None).unwrap_err();
    assert!(e.to_string().contains("locked"), "{e}");
}

#[test]
fn others_on_postgres_are_named_and_ended_only_when_told() {
    let ground = Ground::new(Dialect::Postgres);
    let made = ground.backup();
    ground.sql("DELETE FROM users");
    let mut other = ground.connect();
    let pid =
        other.transaction(|ctx| ctx.query("SELECT pg_backend_pid()", &[])).unwrap()[0].at::<i64>(0).unwrap();
    let e = ground.restore(&made.path, &ground.how()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Refused);
    assert!(e.to_string().contains(&format!("pid {pid} (")), "{e}");
    assert!(e.to_string().contains("--end-connections"), "{e}");
    assert_eq!(other.transaction(|ctx| ctx.query("SELECT 1 FROM users", &[])).unwrap().len(), 0);
    let how = How { end_connections: true, ..ground.how() };
    let restored = ground.restore(&made.path, &how).unwrap();
    assert!(restored.ended.iter().any(|who| who.starts_with(&format!("pid {pid} "))), "{:?}", restored.ended);
    assert!(other.transaction(|ctx| ctx.query("SELECT 1", &[])).is_err());
    assert_eq!(ground.names(), three());
    ground.forget(&restored);
}

#[test]
fn settings_rights_and_comment_of_a_postgres_database_stay_with_its_name() {
    let ground = Ground::new(Dialect::Postgres);
    let made = ground.backup();
    let name = ground.url().rsplit_once('/').unwrap().1.to_owned();
    for sql in [
        "ALTER DATABASE {} SET work_mem = '7MB'",
        "ALTER DATABASE {} SET search_path = public, pg_catalog",
        "ALTER DATABASE {} CONNECTION LIMIT 77",
        "COMMENT ON DATABASE {} IS 'it''s ours'",
        "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
    ] {
        ground.sql(&sql.replace("{}", &format!("\"{name}\"")));
    }
    let said = || -> Vec<String> {
        let sql = "SELECT concat_ws(' ', datconnlimit, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) a), shobj_description(d.oid, 'pg_database'),
             pg_encoding_to_char(encoding), datcollate, (SELECT string_agg(c, ' ' ORDER BY c) FROM pg_db_role_setting s, unnest(setconfig) c WHERE setdatabase = d.oid))
             FROM pg_database d WHERE datname = current_database()";
        let rows = ground.connect().transaction(|ctx| ctx.query(sql, &[])).unwrap();
        rows.iter().map(|row| row.at(0).unwrap()).collect()
    };
    let before = said();
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!(said(), before);
    assert!(before[0].starts_with("77 "), "{before:?}");
    assert_eq!(ground.names(), three());
    ground.forget(&restored);
}

#[test]
fn what_a_killed_restore_left_behind_on_the_server_is_dropped_by_the_next() {
    let ground = Ground::new(Dialect::Postgres);
    let made = ground.backup();
    // What a restore that is killed calls it: as one that goes on calls what it puts away.
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    let Before::Database(old) = &restored.before else { panic!("nothing was put away") };
    let cut = old.split("_before_restore_").next().unwrap();
    let name = ground.url().rsplit_once('/').unwrap().1;
    // This ending is shorter, so that more of the name is left.
    let left = format!("{}{}_restore_new_1", &name[..31], &cut[cut.len() - 9..]);
    ground.server(&format!("CREATE DATABASE \"{left}\""));
    assert_eq!(ground.databases_of_restores().len(), 2);
    ground.forget(&restored);
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    ground.forget(&restored);
    assert_eq!(ground.databases_of_restores(), Vec::<String>::new());
}

/// Objects of every kind, changed in every way since; judged by `pg_dump`, where there is one.
fn in_place_it_is_the_same_database(without_pg_dump: bool) {
    let ground = Ground::new(Dialect::Postgres);
    ground.connect().up(Target::Latest).unwrap();
    crate::backup::run_file(ground.url(), "fixtures/export.sql");
    let options = Options { without_pg_dump, ..Options::default() };
    let mut connected = Migrator::new(ground.set.source()).options(options).connect(ground.url()).unwrap();
    let made = backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap();
    drop(connected);
    let dumped = || switchback_tests::pg_dump(ground.url(), &[]);
    let before = dumped();
    for sql in [
        "DROP TABLE pets CASCADE",
        "ALTER TABLE people ADD COLUMN later integer DEFAULT 7",
        "CREATE TABLE later (id serial PRIMARY KEY)",
        "CREATE TYPE later_mood AS ENUM ('new')",
        "CREATE FUNCTION later_function() RETURNS later_mood LANGUAGE sql AS 'SELECT NULL::later_mood'",
        "CREATE SCHEMA later_schema",
        "CREATE TABLE later_schema.more (how later_mood, whose bigint REFERENCES people)",
        "DROP SCHEMA \"Über uns\" CASCADE",
        "DELETE FROM users",
    ] {
        ground.sql(sql);
    }
    let how = How { in_place: true, ..ground.how() };
    let restored = ground.restore(&made.path, &how).unwrap();
    assert_eq!(restored.way, "in_place");
    assert_eq!(ground.names(), three());
    ground.sql("DELETE FROM switchback_journal WHERE event = 'restored'");
    assert!(before == dumped(), "{:?}", first_difference(before.as_deref(), dumped().as_deref()));
    // The state before can be gone back to as well.
    let Before::Backup(path) = restored.before else { panic!("nothing was kept") };
    ground.restore(&path, &how).unwrap();
    assert_eq!(ground.names(), Vec::<Option<String>>::new());
    assert_eq!(
        ground.connect().transaction(|ctx| ctx.query("SELECT 1 FROM later_schema.more", &[])).unwrap().len(),
        0
    );
}

fn first_difference(was: Option<&str>, is: Option<&str>) -> Option<(String, String)> {
    let mut lines = was?.lines().zip(is?.lines()).filter(|(was, is)| was != is);
    lines.next().map(|(was, is)| (was.to_owned(), is.to_owned()))
}

#[test]
fn in_place_it_is_the_same_database_by_pg_dump() {
    in_place_it_is_the_same_database(false);
}

#[test]
fn in_place_it_is_the_same_database_by_our_own_export() {
    in_place_it_is_the_same_database(true);
}

/// The last file that is read breaks off: all that was emptied and loaded before is rolled back.
fn half_a_restore_in_place_changes_nothing(without_pg_dump: bool) {
    let ground = Ground::new(Dialect::Postgres);
    ground.connect().up(Target::Latest).unwrap();
    let options = Options { without_pg_dump, ..Options::default() };
    let mut connected = Migrator::new(ground.set.source()).options(options).connect(ground.url()).unwrap();
    let made = backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap();
    drop(connected);
    ground.sql("DELETE FROM users WHERE name IS NULL");
    // A file of rows that says something else, and a manifest that agrees with it: nothing but the database can refuse it.
    let file = made
        .manifest
        .files
        .iter()
        .filter(|f| f.path.ends_with(".zst") && !f.path.contains("toc.dat"))
        .max_by_key(|f| f.bytes)
        .unwrap();
    let path = made.path.join(&file.path);
    let rows = zstd::decode_all(fs::File::open(&path).unwrap()).unwrap();
    fs::write(&path, zstd::encode_all(&rows[..rows.len() / 2], 1).unwrap()).unwrap();
    let manifest = made.path.join(backup::FILE);
    let text = fs::read_to_string(&manifest).unwrap();
    let now = crate::backup::sha256(&path);
    let bytes = fs::metadata(&path).unwrap().len();
    let text = text
        .replace(&file.sha256, &now)
        .replace(&format!("\"bytes\": {}", file.bytes), &format!("\"bytes\": {bytes}"));
    fs::write(&manifest, text).unwrap();
    for in_place in [true, false] {
        let how = How { in_place, ..ground.how() };
        let e = ground.restore(&made.path, &how).unwrap_err();
        assert!(matches!(e.kind(), ErrorKind::Database | ErrorKind::Backup), "{e}");
        assert_eq!(ground.names(), [Some("Ada".to_owned()), Some("Zoë".to_owned())], "{e}");
        assert_eq!(ground.connect().status().unwrap().problems.len(), 0);
    }
}

#[test]
fn half_a_restore_in_place_changes_nothing_by_pg_dump() {
    half_a_restore_in_place_changes_nothing(false);
}

#[test]
fn half_a_restore_in_place_changes_nothing_by_our_own_export() {
    half_a_restore_in_place_changes_nothing(true);
}

#[test]
fn a_backup_before_a_restore_is_none_that_is_meant_when_none_is_named() {
    let ground = Ground::new(Dialect::Sqlite);
    let made = ground.backup();
    let mut connected = ground.connect();
    backup::make(&mut connected, &ground.backups(), Reason::BeforeRestore).unwrap();
    assert_eq!(backup::newest(&ground.backups(), "app").unwrap().path, made.path);
    assert_eq!(backup::list(&ground.backups()).unwrap().len(), 2);
}

impl Ground {
    /// Runs a statement from another database of the server.
    pub fn server(&self, sql: &str) {
        let url = self.url().rsplit_once('/').unwrap().0.to_owned() + "/postgres";
        let target = switchback::connect::PgTarget::parse(&url).unwrap();
        switchback::connect::connect_postgres(&target, &Default::default())
            .unwrap()
            .batch_execute(sql)
            .unwrap();
    }

    /// The databases that restores of this one have put away, or were filling when they were killed. The names of tests'
    /// databases are so long that they are cut, and told apart by a part of their digest.
    pub fn databases_of_restores(&self) -> Vec<String> {
        let sql = "SELECT datname::text FROM pg_database
                   WHERE strpos(datname, '_' || left(encode(sha256(convert_to(current_database(), 'UTF8')), 'hex'), 8)) > 0
                     AND (strpos(datname, '_before_restore_') > 0 OR strpos(datname, '_restore_new_') > 0)";
        let rows = self.connect().transaction(|ctx| ctx.query(sql, &[])).unwrap();
        rows.iter().map(|row| row.at(0).unwrap()).collect()
    }

    pub fn drop_database(&self, name: &str) {
        self.server(&format!("DROP DATABASE \"{name}\" WITH (FORCE)"));
    }

    /// A folder for each of a hundred restores is more than a test needs, and so is a database.
    pub fn forget_the_states_before(&self) {
        backup::forget(&self.backups(), "app", Reason::BeforeRestore, 1).unwrap();
        if self.dialect() == Dialect::Postgres {
            for old in self.databases_of_restores() {
                self.drop_database(&old);
            }
        }
    }

    /// The server is shared by all tests: what was put away goes.
    pub fn forget(&self, restored: &Restored) {
        if let Before::Database(name) = &restored.before {
            self.drop_database(name);
        }
    }
}
