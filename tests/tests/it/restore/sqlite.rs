//! Into the file of a SQLite database that others read, write, or have damaged.

use super::three;
use crate::backup::Ground;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use switchback::backup;
use switchback::plan::Dialect;
use switchback::restore::Before;
use switchback::rollback::By;
use switchback::{ErrorKind, Event, Migrator, Options, Silent, Watch};
use switchback::{restore, rollback};

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
    damage(&ground);
    let bytes = fs::read(ground.file()).unwrap();
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!((restored.way, restored.compared, ground.names()), ("pages", true, three()));
    let Before::Backup(kept) = restored.before else { panic!("nothing was kept") };
    assert_eq!(fs::read(kept.join(ground.file().file_name().unwrap())).unwrap(), bytes);
}

/// A row of it cannot be read any more.
fn damage(ground: &Ground) {
    let mut bytes = fs::read(ground.file()).unwrap();
    let row = bytes.windows(3).rposition(|w| w == b"Ada").unwrap();
    bytes[row - 8..row].fill(0xff);
    fs::write(ground.file(), &bytes).unwrap();
}

#[test]
fn what_is_damaged_behind_the_choice_of_a_way_back_is_kept_as_it_is() {
    let ground = Ground::new(Dialect::Sqlite);
    let made = ground.backup();
    let by = By::Backup(Some(made.path));
    let choose =
        || rollback::choose(&ground.migrator(), ground.url(), &ground.backups(), &by, Some(1)).unwrap();
    let back = |choice: &rollback::Choice| {
        let watch = Watch::new(Silent);
        let done = rollback::carry_out(&ground.migrator(), ground.url(), choice, &ground.how(), &watch);
        let Before::Backup(kept) = done.unwrap().restored.unwrap().before else { panic!("nothing was kept") };
        kept.file_name().unwrap().to_string_lossy().into_owned()
    };
    let kept = back(&choose());
    assert!(!kept.contains("damaged"), "{kept}");
    let choice = choose();
    let mut bytes = fs::read(ground.file()).unwrap();
    // So many pages are said to be free; every row can be read.
    bytes[36..40].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(ground.file(), &bytes).unwrap();
    let kept = back(&choice);
    assert!(kept.contains("damaged"), "{kept}");
}

#[test]
fn pages_of_another_size_are_restored_and_in_wal_mode_refused_with_what_to_do() {
    for mode in ["delete", "wal"] {
        let ground = Ground::new(Dialect::Sqlite);
        let made = ground.backup();
        ground.sql("DELETE FROM users WHERE name IS NULL");
        let other = format!("PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = {mode}");
        rusqlite::Connection::open(ground.file()).unwrap().execute_batch(&other).unwrap();
        let restored = ground.restore(&made.path, &ground.how());
        if mode == "delete" {
            assert_eq!((restored.unwrap().compared, ground.names()), (true, three()));
            continue;
        }
        let e = restored.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Refused, "{e}");
        assert!(e.what_next().unwrap().contains("PRAGMA journal_mode = delete"), "{e}");
        assert_eq!(ground.names().len(), three().len() - 1);
    }
}

#[test]
fn a_restore_that_is_interrupted_while_the_state_before_is_looked_at_changes_nothing() {
    for damaged in [false, true] {
        let ground = Ground::new(Dialect::Sqlite);
        let made = ground.backup();
        ground.sql("DELETE FROM users WHERE name IS NULL");
        if damaged {
            damage(&ground);
        }
        let before = fs::read(ground.file()).unwrap();
        let options = Options::default();
        let interrupt = Arc::clone(&options.interrupt);
        // What is left to write is the last of it.
        let watch = Watch::new(move |event: &Event<'_>| {
            if matches!(event, Event::Work { what: "restoring the database", .. }) {
                interrupt.store(true, Ordering::Relaxed);
            }
        });
        let migrator = ground.migrator().options(options);
        let e = restore::restore(&migrator, ground.url(), &made.path, &ground.how(), &watch).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Interrupted, "{e}");
        assert_eq!(fs::read(ground.file()).unwrap()[100..], before[100..]);
        // The backup, and none of the state that stays after all.
        assert_eq!(fs::read_dir(ground.backups()).unwrap().count(), 1);
    }
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
    assert!(ground.restore(&made.path, &ground.how()).unwrap().compared);
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
fn nothing_that_was_committed_is_lost(journal_mode: &str, through_a_link: bool) {
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
    let link = ground.backups().join("a link");
    std::os::unix::fs::symlink(ground.file(), &link).unwrap();
    let url = format!("sqlite:{}", if through_a_link { link } else { ground.file() }.display());
    let watch = Watch::new(Silent);
    let restored = restore::restore(&ground.migrator(), &url, &made.path, &ground.how(), &watch);
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
    nothing_that_was_committed_is_lost("delete", false);
}

#[test]
fn nothing_that_was_committed_beside_a_restore_is_lost_in_wal_mode() {
    nothing_that_was_committed_is_lost("wal", false);
}

#[test]
fn nothing_that_was_committed_beside_a_restore_through_a_link_is_lost_in_wal_mode() {
    nothing_that_was_committed_is_lost("wal", true);
}

#[test]
fn a_file_that_is_longer_than_its_database_is_restored_and_compared() {
    for mode in ["delete", "wal"] {
        let ground = Ground::new(Dialect::Sqlite);
        let made = ground.backup();
        let other = rusqlite::Connection::open(ground.file()).unwrap();
        other
            .execute_batch(&format!("PRAGMA journal_mode = {mode}; DELETE FROM users WHERE name IS NULL"))
            .unwrap();
        drop(other);
        let mut file = fs::OpenOptions::new().append(true).open(ground.file()).unwrap();
        std::io::Write::write_all(&mut file, &[0; 12_288]).unwrap();
        drop(file);
        let restored = ground.restore(&made.path, &ground.how()).unwrap();
        assert_eq!((restored.compared, ground.names()), (true, three()), "{mode}");
    }
}

#[test]
fn of_a_damaged_database_behind_a_link_its_wal_is_kept_too() {
    let ground = Ground::new(Dialect::Sqlite);
    let made = ground.backup();
    let wal = PathBuf::from(format!("{}-wal", ground.file().display()));
    let writer = rusqlite::Connection::open(ground.file()).unwrap();
    let commit =
        "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; DELETE FROM users WHERE name IS NULL";
    writer.execute_batch(commit).unwrap();
    // As a killed process leaves them; and so many pages are said to be free.
    let (mut bytes, left) = (fs::read(ground.file()).unwrap(), fs::read(&wal).unwrap());
    drop(writer);
    bytes[36..40].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(ground.file(), &bytes).unwrap();
    fs::write(&wal, &left).unwrap();
    let link = ground.backups().join("link");
    std::os::unix::fs::symlink(ground.file(), &link).unwrap();
    let url = format!("sqlite:{}", link.display());
    let watch = Watch::new(Silent);
    let restored = restore::restore(&ground.migrator(), &url, &made.path, &ground.how(), &watch).unwrap();
    let Before::Backup(kept) = restored.before else { panic!("nothing was kept") };
    assert_eq!(fs::read(kept.join(wal.file_name().unwrap())).unwrap(), left);
    assert_eq!(ground.names(), three());
}

#[test]
fn a_restore_whose_row_cannot_be_journalled_says_that_it_is_done() {
    let ground = Ground::new(Dialect::Sqlite);
    let full =
        "CREATE TRIGGER full BEFORE INSERT ON switchback_journal BEGIN SELECT RAISE(ABORT, 'no room'); END";
    ground.backup();
    ground.sql(full);
    let made = ground.backup();
    ground.sql("DROP TRIGGER full");
    ground.sql("DELETE FROM users WHERE name IS NULL");
    let e = ground.restore(&made.path, &ground.how()).unwrap_err();
    assert!(
        e.message().starts_with("the backup is restored, and its row is missing in the journal: no room"),
        "{e}"
    );
    assert!(e.what_next().unwrap().contains("the state before is in "), "{e}");
    assert_eq!(ground.names(), three());
}

#[test]
fn of_a_restore_that_is_refused_no_copy_stays() {
    let ground = Ground::new(Dialect::Sqlite);
    let made = ground.backup();
    ground.sql("DELETE FROM users WHERE name IS NULL");
    let reader = rusqlite::Connection::open(ground.file()).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM users").unwrap();
    let options = Options { lock_wait: Duration::from_millis(50), ..Options::default() };
    let migrator = ground.migrator().options(options);
    let watch = Watch::new(Silent);
    let e = restore::restore(&migrator, ground.url(), &made.path, &ground.how(), &watch).unwrap_err();
    assert!(e.to_string().contains("nothing was changed"), "{e}");
    assert_eq!(fs::read_dir(ground.backups()).unwrap().count(), 1);
}

#[test]
fn a_database_that_is_locked_is_not_taken_for_one_that_cannot_be_read() {
    let ground = Ground::new(Dialect::Sqlite);
    ground.backup();
    let other = rusqlite::Connection::open(ground.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (migrator, dir) = (Migrator::new(ground.set.source()), ground.backups());
    let e = rollback::choose(&migrator, ground.url(), &dir, &By::Best, None).unwrap_err();
    assert!(e.to_string().contains("locked"), "{e}");
}
