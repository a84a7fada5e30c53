//! A project whose database, files and environment hold secrets, and the search for them in all that a command wrote.

use super::{IN_ENVIRONMENT, IN_ROW, MARK, PASSWORD, PERCENT};
use crate::program::{Ran, finish, runner};
use crate::support::until;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use switchback::plan::Dialect;
use switchback::scratch::{PgCluster, PgOptions};
use switchback::{Connected, Migrator, Result};
use switchback_tests::cluster;
use tempfile::TempDir;

/// A project with a database whose rows hold secrets.
pub struct Planted {
    dir: TempDir,
    dialect: Dialect,
    /// Of the superuser, who needs no password.
    url: String,
    pub cluster: Option<PgCluster>,
}

/// Keys of the configuration: the password lies in a file.
pub const FROM_FILE: &str = "password_file = \"secret/pass\"";

const TABLE: &str =
    "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, token varchar(60) NOT NULL, n integer);\n";

impl Planted {
    pub fn new(dialect: Dialect) -> Planted {
        let dir = TempDir::new().unwrap();
        let cluster = (dialect == Dialect::Postgres).then(server);
        let url = match &cluster {
            Some(cluster) => cluster.create_database("app").unwrap(),
            None => format!("sqlite:{}", dir.path().join("app.db").display()),
        };
        let planted = Planted { dir, dialect, url, cluster };
        planted.migration("V0001__users", TABLE, "DROP TABLE users;\n");
        planted.private("secret/pass", &format!("{PASSWORD}\n"));
        planted.private("secret/pgpass", &format!("*:*:*:deploy:{PASSWORD}\n"));
        planted
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub fn file(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn migration(&self, folder: &str, up: &str, down: &str) {
        self.file(&format!("migrations/{folder}/up.sql"), up);
        self.file(&format!("migrations/{folder}/down.sql"), down);
    }

    pub fn private(&self, path: &str, text: &str) {
        self.file(path, text);
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Where the database is, for the role that has a password.
    fn place(&self) -> String {
        match &self.cluster {
            Some(cluster) => format!("postgres://deploy@127.0.0.1:{}/app", cluster.port()),
            None => "sqlite:app.db".to_owned(),
        }
    }

    /// Where throwaway databases come from, for the same role.
    pub fn scratch(&self) -> String {
        self.cluster.as_ref().map_or_else(String::new, |cluster| {
            format!("postgres://deploy:{PERCENT}@127.0.0.1:{}/postgres", cluster.port())
        })
    }

    /// The configuration, with keys about the password where there is one.
    pub fn config(&self, keys: &str) {
        self.config_with(keys, "");
    }

    /// The same with more of whatever engine.
    pub fn config_with(&self, keys: &str, more: &str) {
        let engine = match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => keys,
        };
        let place = self.place();
        let text =
            format!("[database.app]\nmigrations = \"migrations\"\nurl = \"{place}\"\n{engine}\n{more}");
        self.file("switchback.toml", &text);
    }

    /// Brings the database to the first version, with two rows that hold secrets.
    pub fn up_with_rows(&self) {
        self.run(&["up", "-vvv"]).ok();
        for id in [1, 2] {
            self.sql(&format!("INSERT INTO users (id, token) VALUES ({id}, '{IN_ROW}')"));
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(runner());
        command.args(arguments).current_dir(self.dir.path()).stdin(Stdio::null()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.dir.path());
        command.env("API_KEY", IN_ENVIRONMENT).env("AWS_SESSION", IN_ENVIRONMENT);
        if let Some(cluster) = &self.cluster {
            command.env("SWITCHBACK_PG_BIN", spying_programs(self.dir.path(), &cluster.binaries().dir));
        }
        command
    }

    /// What PostgreSQL's own programs were called with. `None` where the server under test comes without them, and
    /// nothing could be called; the first one that CI tests on has them.
    pub fn arguments_of_tools(&self) -> Option<String> {
        let binaries = self.cluster.as_ref()?.binaries();
        binaries.program("pg_dump").is_file().then(|| fs::read_to_string(self.path("arguments.log")).unwrap())
    }

    /// Runs it, and searches what it wrote to its streams.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.search(arguments, &mut self.command(arguments))
    }

    #[track_caller]
    pub fn search(&self, arguments: &[&str], command: &mut Command) -> Ran {
        let ran = finish(command);
        for (stream, text) in [("stdout", &ran.out), ("stderr", &ran.err)] {
            if let Some(line) = text.lines().find(|line| line.contains(MARK)) {
                panic!("{stream} of {arguments:?} on {:?}: {line}", self.dialect);
            }
            assert!(!text.contains("panicked"), "{text}");
        }
        ran
    }

    /// As in every form, and at every length.
    #[track_caller]
    pub fn fails(&self, arguments: &[&str]) -> String {
        self.run(&[arguments, &["--format", "json", "-v"]].concat()).fails();
        self.run(&[arguments, &["-vvv"]].concat()).fails().err
    }

    /// Statements by the superuser, outside any migration.
    pub fn sql(&self, sql: &str) {
        connect(&self.url).unwrap().transaction(|ctx| ctx.execute(sql, &[])).unwrap();
    }

    /// Searches the journal, and says how many rows it has.
    #[track_caller]
    pub fn search_the_journal(&self) -> usize {
        let read = "SELECT * FROM switchback_journal";
        let rows = connect(&self.url).unwrap().transaction(|ctx| ctx.query(read, &[])).unwrap();
        for row in &rows {
            assert!(!format!("{row:?}").contains(MARK), "{row:?}");
        }
        rows.len()
    }

    /// All that commands have left on the disk, but for what was planted and the data of backups; and the journal.
    #[track_caller]
    pub fn nothing_is_left(&self) {
        let mut seen = 0;
        let mut folders = vec![self.dir.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let data = ["secret", "migrations", "dump", "copy", "database.sqlite", "bin"];
                if data.contains(&name.as_str()) || name.starts_with("app.db") || path.is_symlink() {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                seen += 1;
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                assert!(!text.contains(MARK), "{}: {text}", path.display());
            }
        }
        assert!(seen > 5, "{seen}");
        self.search_the_journal();
    }
}

/// Without any migrations.
fn connect(url: &str) -> Result<Connected> {
    Migrator::new(switchback::EmbeddedSet { name: "none", files: &[], rust: &[] }).connect(url)
}

/// A server that wants the password of one role.
fn server() -> PgCluster {
    let cluster = cluster(&PgOptions::default());
    let admin = |sql: &str| {
        let mut connected = connect(&cluster.url("postgres")).unwrap();
        connected.transaction(|ctx| ctx.execute(sql, &[])).unwrap();
    };
    admin("SET password_encryption = 'scram-sha-256'");
    let quoted = PASSWORD.replace('\'', "''");
    admin(&format!("CREATE ROLE deploy LOGIN SUPERUSER PASSWORD '{quoted}'"));
    let rules = "local all postgres trust\nhost all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    fs::write(cluster.data_dir().join("pg_hba.conf"), rules).unwrap();
    admin("SELECT pg_reload_conf()");
    let open = format!("postgres://deploy@127.0.0.1:{}/postgres", cluster.port());
    until("a server that lets nobody in without a password", || connect(&open).is_err());
    cluster
}

/// PostgreSQL's programs; those that are started with a connection write down how.
fn spying_programs(dir: &Path, real: &Path) -> PathBuf {
    let bin = dir.join("bin");
    if bin.exists() {
        return bin;
    }
    fs::create_dir(&bin).unwrap();
    for entry in fs::read_dir(real).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !["pg_dump", "pg_restore", "psql"].contains(&name.as_str()) {
            std::os::unix::fs::symlink(&path, bin.join(name)).unwrap();
            continue;
        }
        let script = format!(
            "#!/bin/sh\necho {name} \"$@\" >> '{}'\nexec '{}' \"$@\"\n",
            dir.join("arguments.log").display(),
            path.display()
        );
        fs::write(bin.join(&name), script).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    bin
}
