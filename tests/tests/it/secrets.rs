//! Secrets are planted wherever they may lie, every command runs over them, also those that fail, and every byte that
//! is written is searched: streams, plans, metrics, manifests, anchors, the journal. Only the data itself has them.

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

/// The password of the role that migrates: quotes, blanks and signs that are written otherwise in a URL.
const PASSWORD: &str = "Zq7 pl'an\"ted%w/d";
const WRONG: &str = "Zq7-wrong-word";
const IN_ROW: &str = "Zq7-value-of-a-row";
const IN_LITERAL: &str = "Zq7-in-a-literal";
const IN_ENVIRONMENT: &str = "Zq7-of-the-caller";
/// What all of them have, however the rest is written.
const MARK: &str = "Zq7";

const PERCENT: &str = "Zq7%20pl%27an%22ted%25w%2Fd";

/// A project with a database whose rows hold secrets.
struct Planted {
    dir: TempDir,
    dialect: Dialect,
    /// Of the superuser, who needs no password.
    url: String,
    cluster: Option<PgCluster>,
}

/// Keys of the configuration: the password lies in a file.
const FROM_FILE: &str = "password_file = \"secret/pass\"";

const TABLE: &str =
    "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, token varchar(60) NOT NULL, n integer);\n";

impl Planted {
    fn new(dialect: Dialect) -> Planted {
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

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn migration(&self, folder: &str, up: &str, down: &str) {
        self.file(&format!("migrations/{folder}/up.sql"), up);
        self.file(&format!("migrations/{folder}/down.sql"), down);
    }

    fn private(&self, path: &str, text: &str) {
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
    fn scratch(&self) -> String {
        self.cluster.as_ref().map_or_else(String::new, |cluster| {
            format!("postgres://deploy:{PERCENT}@127.0.0.1:{}/postgres", cluster.port())
        })
    }

    /// The configuration, with keys about the password where there is one.
    fn config(&self, keys: &str) {
        self.config_with(keys, "");
    }

    /// The same with more of whatever engine.
    fn config_with(&self, keys: &str, more: &str) {
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
    fn up_with_rows(&self) {
        self.run(&["up", "-vvv"]).ok();
        for id in [1, 2] {
            self.sql(&format!("INSERT INTO users (id, token) VALUES ({id}, '{IN_ROW}')"));
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
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
    fn arguments_of_tools(&self) -> Option<String> {
        let binaries = self.cluster.as_ref()?.binaries();
        binaries.program("pg_dump").is_file().then(|| fs::read_to_string(self.path("arguments.log")).unwrap())
    }

    /// Runs it, and searches what it wrote to its streams.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        self.search(arguments, &mut self.command(arguments))
    }

    #[track_caller]
    fn search(&self, arguments: &[&str], command: &mut Command) -> Ran {
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
    fn fails(&self, arguments: &[&str]) -> String {
        self.run(&[arguments, &["--format", "json", "-v"]].concat()).fails();
        self.run(&[arguments, &["-vvv"]].concat()).fails().err
    }

    /// Statements by the superuser, outside any migration.
    fn sql(&self, sql: &str) {
        connect(&self.url).unwrap().transaction(|ctx| ctx.execute(sql, &[])).unwrap();
    }

    /// Searches the journal, and says how many rows it has.
    #[track_caller]
    fn search_the_journal(&self) -> usize {
        let read = "SELECT * FROM switchback_journal";
        let rows = connect(&self.url).unwrap().transaction(|ctx| ctx.query(read, &[])).unwrap();
        for row in &rows {
            assert!(!format!("{row:?}").contains(MARK), "{row:?}");
        }
        rows.len()
    }

    /// All that commands have left on the disk, but for what was planted and the data of backups; and the journal.
    #[track_caller]
    fn nothing_is_left(&self) {
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

fn no_command_shows_a_secret(dialect: Dialect) {
    let planted = Planted::new(dialect);
    planted.config("password_command = [\"cat\", \"secret/pass\"]");
    planted.up_with_rows();
    let (create_role, drop_role) = match dialect {
        Dialect::Sqlite => (String::new(), ""),
        Dialect::Postgres => (format!("CREATE ROLE app PASSWORD '{IN_LITERAL}';\n"), "DROP ROLE app;\n"),
    };
    planted.migration(
        "V0002__note",
        &format!("{create_role}ALTER TABLE users ADD COLUMN note text;\n"),
        &format!("ALTER TABLE users DROP COLUMN note;\n{drop_role}"),
    );
    let scratch = planted.scratch();
    for arguments in [
        &["plan"][..],
        &["plan", "--format", "json", "-vvv"],
        &["plan", "--sql"],
        &["plan", "--out", "plan.json"],
        &["plan", "verify", "plan.json"],
        &[
            "up",
            "-vvv",
            "--format",
            "json",
            "--plan",
            "plan.json",
            "--metrics",
            "up.prom",
            "--backup",
            "always",
        ],
        &["status", "-vvv"],
        &["status", "--format", "json", "--metrics", "status.prom"],
        &["check", "-vvv", "--metrics", "check.prom"],
        &["check", "--format", "json"],
        &["log", "--format", "json"],
        &["log", "--json-lines"],
        &["log", "--verify"],
        &["log", "--anchor", "anchor"],
        &["backup", "--without-pg-dump", "--format", "json"],
        &["backup", "-vvv"],
        &["backup", "--list", "--format", "json"],
        &["backup", "--verify", "--scratch-url", &scratch, "-vvv"],
        &["restore", "--yes", "--end-connections", "-vvv"],
        &["restore", "--yes", "--in-place", "--end-connections", "--format", "json"],
        &["down", "-vvv"],
        &["redo", "--format", "json"],
        &["up", "--progress", "json"],
        &["rollback", "--yes", "--end-connections", "-vvv"],
        &["down", "--plan", "none.json"],
        &["repair", "--accept", "1", "--yes"],
        &["baseline", "1", "--yes"],
        &["new", "later"],
        &["grants", "--owner", "keeper", "--migrator", "deploy", "--application", "app"],
    ] {
        let only = ["--in-place", "--without-pg-dump"];
        let here = |a: &&str| dialect == Dialect::Postgres || !only.contains(a);
        let arguments: Vec<&str> = arguments.iter().copied().filter(here).collect();
        if arguments[0] == "grants" && dialect == Dialect::Sqlite {
            continue;
        }
        let ran = planted.run(&arguments);
        let refused =
            ["down --plan", "repair", "baseline"].iter().any(|a| arguments.join(" ").starts_with(a));
        assert!(ran.code == 0 || refused, "{arguments:?} on {dialect:?}: {ran:?}");
    }
    fs::remove_dir_all(planted.path("migrations/V0002__later")).ok();
    planted.nothing_is_left();
    if let Some(arguments) = planted.arguments_of_tools() {
        for program in ["pg_dump ", "pg_restore ", "psql "] {
            assert!(arguments.contains(program), "{arguments}");
        }
    }
}

#[test]
fn no_command_shows_a_secret_on_sqlite() {
    no_command_shows_a_secret(Dialect::Sqlite);
}

#[test]
fn no_command_shows_a_secret_on_postgres() {
    no_command_shows_a_secret(Dialect::Postgres);
}

fn what_fails_shows_no_secret(dialect: Dialect) {
    let planted = Planted::new(dialect);
    planted.config(FROM_FILE);
    planted.up_with_rows();
    planted.sql("UPDATE users SET n = id");
    let mut statements = vec![
        ("a key that is there twice", "CREATE UNIQUE INDEX users_token ON users (token);".to_owned()),
        ("a row that fails a CHECK", "CREATE TABLE strict (token text CHECK (length(token) < 3)); INSERT INTO strict SELECT token FROM users;".to_owned()),
        ("a row that refers to none", "CREATE TABLE a (token varchar(60) PRIMARY KEY); CREATE TABLE b (token varchar(60) REFERENCES a); INSERT INTO b SELECT token FROM users;".to_owned()),
        ("a NULL where none may be", "CREATE TABLE filled (token text, n integer NOT NULL); INSERT INTO filled SELECT token, NULL FROM users;".to_owned()),
        ("a secret in a literal", format!("CREATE TABLE users (token text); -- PASSWORD '{IN_LITERAL}'\n")),
        ("a URL in a literal", format!("SELECT nothing('postgres://a:{IN_LITERAL}@b/c');")),
    ];
    if dialect == Dialect::Postgres {
        statements.push((
            "a value that is no number",
            "ALTER TABLE users ALTER COLUMN token TYPE integer USING token::integer;".to_owned(),
        ));
        statements.push((
            "a value that is no UUID",
            "UPDATE users SET n = (token::uuid)::text::integer;".to_owned(),
        ));
        statements.push((
            "a value that is no JSON",
            "UPDATE users SET n = (token::json->>'n')::integer;".to_owned(),
        ));
        statements.push(("a role's password", format!("CREATE ROLE deploy PASSWORD '{IN_LITERAL}';")));
    }
    for (what, statement) in &statements {
        planted.migration("V0002__fails", statement, "SELECT 1;\n");
        let said = planted.fails(&["up"]);
        assert!(said.contains("V0002__fails/up.sql"), "{what}: {said}");
    }
    fs::remove_dir_all(planted.path("migrations/V0002__fails")).unwrap();
    let rows = planted.search_the_journal();
    assert!(rows > 10, "{rows}");
}

#[test]
fn what_fails_shows_no_secret_on_sqlite() {
    what_fails_shows_no_secret(Dialect::Sqlite);
}

#[test]
fn what_fails_shows_no_secret_on_postgres() {
    what_fails_shows_no_secret(Dialect::Postgres);
}

fn a_hook_that_prints_what_it_finds(dialect: Dialect) {
    let planted = Planted::new(dialect);
    let hooks = match dialect {
        // What is no password of this process is nobody's secret to it, unless it stands where one stands.
        Dialect::Sqlite => "before = \"env; echo postgres://a:$(cat secret/pass | tr -d ' ')@b; exit 1\"\non_failure = \"env\"".to_owned(),
        Dialect::Postgres => {
            "before = \"env; cat secret/pass; exit 1\"\non_failure = \"env; cat secret/pass\"".to_owned()
        }
    };
    planted.config_with(FROM_FILE, &format!("[database.app.hooks]\n{hooks}\n"));
    let said = planted.fails(&["up"]);
    assert!(said.contains("SWITCHBACK_DATABASE=app") && said.contains("***"), "{said}");
    let after = hooks.replace("before", "after").replace("exit 1", "true");
    planted.config_with(FROM_FILE, &format!("[database.app.hooks]\n{after}\n"));
    planted.run(&["up", "-vvv"]).ok();
    planted.run(&["log", "--format", "json"]).ok();
    planted.search_the_journal();
}

#[test]
fn a_hook_that_prints_what_it_finds_shows_no_secret() {
    a_hook_that_prints_what_it_finds(Dialect::Sqlite);
    a_hook_that_prints_what_it_finds(Dialect::Postgres);
}

#[test]
fn a_password_arrives_from_every_place_and_is_shown_from_none() {
    let planted = Planted::new(Dialect::Postgres);
    let port = planted.cluster.as_ref().unwrap().port();
    let at = |password: &str, port: u16| format!("postgres://deploy:{password}@127.0.0.1:{port}/app");
    let pairs = |password: &str| {
        let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
        format!("host=127.0.0.1 port={port} dbname=app user=deploy password='{quoted}'")
    };
    type Way<'a> = (&'a str, Vec<(&'a str, String)>, Vec<String>);
    let ways = |keyword: &str, percent: &str| -> Vec<Way<'_>> {
        vec![
            ("the URL of a flag", vec![], vec!["--url".to_owned(), at(percent, port)]),
            ("key and value of a flag", vec![], vec!["--url".to_owned(), pairs(keyword)]),
            (
                "a parameter of a flag",
                vec![],
                vec![
                    "--url".to_owned(),
                    format!("postgres://127.0.0.1:{port}/app?user=deploy&password={percent}"),
                ],
            ),
            (
                "DATABASE_URL",
                vec![("DATABASE_URL", at(percent, port))],
                vec!["--migrations".to_owned(), "migrations".to_owned()],
            ),
            ("PGPASSWORD", vec![("PGPASSWORD", keyword.to_owned())], vec![]),
        ]
    };
    planted.config("");
    for (how, environment, arguments) in ways(PASSWORD, PERCENT) {
        let words = ["backup", "--format", "json", "-vvv"];
        let arguments: Vec<&str> = words.into_iter().chain(arguments.iter().map(String::as_str)).collect();
        let ran = planted.search(&arguments, planted.command(&arguments).envs(environment));
        assert_eq!(ran.code, 0, "{how}: {ran:?}");
    }
    for (how, environment, arguments) in ways(WRONG, WRONG) {
        for command in [&["status", "-vvv"][..], &["backup", "--format", "json"]] {
            let arguments: Vec<&str> =
                command.iter().copied().chain(arguments.iter().map(String::as_str)).collect();
            let ran = planted.search(&arguments, planted.command(&arguments).envs(environment.clone()));
            assert_eq!(ran.code, 1, "{how}: {ran:?}");
        }
    }
    let passfile = planted.path("secret/pgpass").display().to_string();
    let ran = planted.search(&["backup"], planted.command(&["backup"]).env("PGPASSFILE", &passfile));
    assert_eq!(ran.code, 0, "{ran:?}");

    for (keys, works) in [
        (FROM_FILE, true),
        ("password_command = [\"sh\", \"-c\", \"echo asked >> asked; cat secret/pass\"]", true),
        ("password_command = [\"sh\", \"-c\", \"cat secret/pass; cat secret/pass >&2; exit 1\"]", false),
        ("password_command = [\"echo\", \"Zq7-wrong-word\"]", false),
        ("password_file = \"secret/none\"", false),
    ] {
        planted.config(keys);
        for command in [&["status", "-vvv"][..], &["backup", "-vv"]] {
            let ran = planted.run(command);
            assert_eq!(ran.code == 0, works, "{keys}: {ran:?}");
        }
    }
    let asked = fs::read_to_string(planted.path("asked")).unwrap();
    assert_eq!(asked.lines().count(), 2, "once for each command");

    // Nobody listens there.
    let refused = at(PERCENT, 1);
    for format in ["text", "json"] {
        planted.run(&["status", "-vvv", "--url", &refused, "--format", format]).fails();
    }
    planted.private(
        "secret/service",
        &format!("[app]\nhost=127.0.0.1\nport={port}\nuser=deploy\ndbname=app\npassword={PASSWORD}\n"),
    );
    planted.config("");
    let arguments = ["status", "-vvv", "--url", "postgres://?service=app"];
    let service = planted.path("secret/service").display().to_string();
    let ran = planted.search(&arguments, planted.command(&arguments).env("PGSERVICEFILE", service));
    assert_eq!(ran.code, 0, "{ran:?}");
    fs::remove_file(planted.path("switchback.toml")).unwrap();
    if let Some(log) = planted.arguments_of_tools() {
        assert!(log.contains("pg_dump ") && !log.contains(MARK), "{log}");
    }
}

fn sensitive_columns_are_shown_nowhere(dialect: Dialect) {
    let planted = Planted::new(dialect);
    planted.config_with(FROM_FILE, "sensitive = [\"users.token\"]\n");
    planted.up_with_rows();
    planted.migration(
        "V0002__tokens",
        &format!(
            "UPDATE users SET token = '{IN_LITERAL}' WHERE id = 1;\nUPDATE users SET n = 77 WHERE id = 2;\n"
        ),
        &format!("UPDATE users SET token = '{IN_ROW}' WHERE id = 1;\n"),
    );
    planted.file(
        "migrations/V0002__tokens/checks.sql",
        &format!("SELECT id FROM users WHERE token = '{IN_ROW}x';\n"),
    );
    planted.file(
        "migrations/V0002__tokens/sample.sql",
        &format!("INSERT INTO users (id, token) VALUES (1, '{IN_ROW}');\n"),
    );
    let analyze = "[[analyze]]\nname = \"tokens\"\nquery = \"SELECT token, count(*) AS count FROM users GROUP BY token\"\n\
                   [[analyze]]\nname = \"lengths\"\nquery = \"SELECT upper(token) AS word, id FROM users\"\n";
    planted.file(
        "migrations/V0002__tokens/migration.toml",
        &format!("description = \"tokens\"\nlossy = [\"users.n\"]\n{analyze}"),
    );
    let scratch = planted.scratch();
    for arguments in [
        &["plan"][..],
        &["plan", "--sql"],
        &["plan", "--analyze"],
        &["plan", "--analyze", "--format", "json"],
        &["plan", "--out", "plan.json"],
        &["check"],
        &["check", "--format", "json"],
        &["prove", "--scratch-url", &scratch],
        &["prove", "--scratch-url", &scratch, "--format", "json"],
        &["up", "--plan", "plan.json", "-vvv"],
        &["check"],
        &["plan", "--down", "--format", "json"],
        &["export", "users", "--format", "csv"],
        &["export", "users", "--format", "jsonl"],
        &["export", "--out", "exported", "--format", "jsonl"],
        &["down", "-v"],
    ] {
        let ran = planted.run(arguments);
        assert!(ran.code == 0 || arguments[0] == "prove", "{arguments:?}: {ran:?}");
        match arguments {
            ["plan"] => {
                assert!(ran.out.contains("step main (transaction), sensitive: users.token"), "{}", ran.out);
                assert!(ran.out.contains("SET token = *** WHERE id = ***"), "{}", ran.out);
                assert!(ran.out.contains("SET n = 77 WHERE id = 2"), "{}", ran.out);
            }
            ["plan", "--analyze"] => assert!(ran.out.contains("token ***, count 2"), "{}", ran.out),
            ["export", _, _, "csv"] => assert!(ran.out.contains("1,***,\n"), "{}", ran.out),
            ["export", _, _, "jsonl"] => {
                assert!(ran.out.contains("\"token\":\"***\",\"n\":null"), "{}", ran.out)
            }
            _ => {}
        }
    }
    let all = finish(&mut planted.command(&["export", "users", "--with-sensitive", "--format", "csv"])).ok();
    assert!(all.out.contains(IN_ROW), "{}", all.out);

    planted.file(
        "migrations/V0002__tokens/up.sql",
        &format!("UPDATE users SET token = '{IN_LITERAL}' WHERE nothing;\n"),
    );
    let said = planted.fails(&["up"]);
    assert!(said.contains("UPDATE users SET token = ***"), "{said}");
    planted.nothing_is_left();
}

#[test]
fn sensitive_columns_are_shown_nowhere_on_sqlite() {
    sensitive_columns_are_shown_nowhere(Dialect::Sqlite);
}

#[test]
fn sensitive_columns_are_shown_nowhere_on_postgres() {
    sensitive_columns_are_shown_nowhere(Dialect::Postgres);
}
