//! Going back to a backup: the old state or the new one, whole, and the present one kept.

mod in_place;
mod postgres;
mod sqlite;

use crate::backup::Ground;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use switchback::backup::{self, Reason};
use switchback::event::Silent;
use switchback::plan::Dialect;
use switchback::restore::{self, Before, How, Restored};
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
fn a_backup_before_a_restore_is_none_that_is_meant_when_none_is_named() {
    let ground = Ground::new(Dialect::Sqlite);
    let made = ground.backup();
    let mut connected = ground.connect();
    backup::make(&mut connected, &ground.backups(), Reason::BeforeRestore).unwrap();
    assert_eq!(backup::newest(&ground.backups(), "app").unwrap().path, made.path);
    assert_eq!(backup::list(&ground.backups()).unwrap().len(), 2);
}

/// The fields that `docs/json.md` gives the elements of what a command answers, and what others it names behind `also`.
fn documented(command: &str, also: &[&str]) -> Vec<String> {
    let page = fs::read_to_string(crate::support::fixture("../docs/json.md")).unwrap();
    let begin = format!("- `{command}`: `{{\"databases\":[{{");
    let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("{begin} is not on the page"));
    let fields = rest.split_once("}]").unwrap().0.split(',');
    let mut all: Vec<String> = fields.map(|f| f.trim().trim_matches('"').to_owned()).collect();
    all.extend(also.iter().map(|f| (*f).to_owned()));
    all.sort();
    all
}

#[test]
fn backup_restore_and_rollback_answer_in_the_fields_that_the_page_on_json_names() {
    crate::support::on_both(|world| {
        world.migration("V0001__one", "CREATE TABLE one (id bigint PRIMARY KEY);\n", "DROP TABLE one;\n");
        world.up();
        let answered = |arguments: &[&str], as_command: &str, also: &[&str]| {
            let answer = world.run(&[arguments, &["--format", "json"]].concat()).ok().json();
            let element = answer["databases"][0].as_object().unwrap();
            let mut fields: Vec<String> = element.keys().cloned().collect();
            fields.sort();
            assert_eq!(fields, documented(as_command, also), "{as_command}");
            answer["databases"][0].clone()
        };
        let made = answered(&["backup"], "backup", &[]);
        let path = made["path"].as_str().unwrap();
        answered(&["backup", "--verify", path], "backup --verify", &[]);
        let restored = answered(&["restore", path, "--yes"], "restore", &[]);
        assert_eq!(restored["compared"], true);
        world.migration("V0002__two", "CREATE TABLE two (id bigint PRIMARY KEY);\n", "DROP TABLE two;\n");
        world.up();
        answered(&["rollback", "--by", "down", "--yes"], "rollback", &["migrations", "report"]);
        world.up();
        let backup = ["path", "restored", "taken_at"];
        let back = answered(&["rollback", "--backup", path, "--yes"], "rollback", &backup);
        let mut fields: Vec<String> = back["restored"].as_object().unwrap().keys().cloned().collect();
        fields.sort();
        assert_eq!(fields, documented("restore", &[]));
    });
}
