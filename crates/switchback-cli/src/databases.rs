//! Which databases a command is about, and how each is reached. Pure: options, file and environment in, plain data out.

use crate::args::Global;
use crate::config::{self, BackupWhen, Config, DatabaseConfig, Reach, Requires};
use crate::hooks::Hooks;
use std::path::{Path, PathBuf};
use std::time::Duration;
use switchback::backup::When;
use switchback::rollback::Criterion;
use switchback::{Dialect, EmbeddedSet, Error, ErrorKind, Location, Result, Sensitive, Source};

/// Looks a variable of the environment up.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The embedded sets of the program, by the name of their database.
pub type Registry<'a> = &'a [(&'a str, EmbeddedSet)];

/// The folder of all backups, where nothing names another.
const BACKUPS: &str = "backups";

/// One database that a command is about.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its name in the file, or that of its folder.
    pub name: String,
    /// Where its migrations come from; an error where nothing says so.
    pub source: Result<Source>,
    /// The directory of its migrations on disk, where one is known.
    pub directory: Option<PathBuf>,
    /// How it is reached; an error where nothing says so.
    pub url: Result<String>,
    /// Where the password is, when the URL does not say it.
    pub password: Option<Password>,
    /// Whether the URL comes from the file (whose folders may be created).
    pub url_from_file: bool,
    /// PostgreSQL: the schema of the history.
    pub schema: Option<String>,
    /// PostgreSQL: how long a statement may wait for a lock.
    pub lock_timeout: Option<Duration>,
    /// How long to wait for another runner.
    pub lock_wait: Option<Duration>,
    /// What has to be there before anything runs.
    pub policy: Policy,
    /// The versions of the engines that the migrations are made for.
    pub requires: Requires,
    /// Columns whose values are shown nowhere.
    pub sensitive: Sensitive,
    /// What runs before and after.
    pub hooks: Hooks,
    /// The environment of the file that is meant.
    pub env: Option<String>,
    /// The folder of its backups.
    pub backups: PathBuf,
    /// When `up` makes a backup first; by the engine where nothing says so.
    pub backup: Option<BackupWhen>,
    /// How many backups stay; all where nothing says so.
    pub keep: Option<usize>,
    /// What an `up` that failed is taken back for, by itself.
    pub way_back: Vec<Criterion>,
    /// How long an `up` may take.
    pub max_duration: Option<Duration>,
    /// For whom its backups are encrypted, and what opens them.
    pub keys: Keys,
}

impl Database {
    /// When `up` makes a backup first: as the file says it, else as it is usual on that engine.
    pub fn backup_when(&self, engine: Dialect) -> When {
        self.backup.map_or_else(|| When::usual(engine), BackupWhen::when)
    }
}

/// For whom backups are encrypted, and what opens them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Public keys.
    pub recipients: Vec<String>,
    /// A file with further ones.
    pub recipients_file: Option<PathBuf>,
    /// Files with private keys.
    pub identities: Vec<PathBuf>,
}

impl Keys {
    /// What the environment says of those who can read, else the database; and the same for the identity.
    fn of(config: &Config, base: Option<&Reach>, special: Option<&Reach>) -> Keys {
        let named = |reach: &&Reach| reach.recipients.is_some() || reach.recipients_file.is_some();
        let reach = special.filter(named).or(base.filter(named));
        let path = |path: &PathBuf| config.dir.join(path);
        let identity = [special, base].into_iter().flatten().find_map(|reach| reach.identity.as_ref());
        Keys {
            recipients: reach.and_then(|r| r.recipients.clone()).unwrap_or_default(),
            recipients_file: reach.and_then(|r| r.recipients_file.as_ref().map(path)),
            identities: identity.map(path).into_iter().collect(),
        }
    }
}

/// Where the file says that a password is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// In a file.
    File(PathBuf),
    /// A program says it; it runs in the folder of `switchback.toml`.
    Command {
        /// The program and its arguments.
        words: Vec<String>,
        /// Where it runs.
        dir: PathBuf,
    },
}

impl Password {
    fn of(reach: &Reach, config: &Config) -> Option<Password> {
        let file = reach.password_file.as_ref().map(|file| Password::File(config.dir.join(file.get_ref())));
        file.or_else(|| {
            let words = reach.password_command.as_ref()?.get_ref().clone();
            Some(Password::Command { words, dir: config.dir.clone() })
        })
    }
}

/// What has to be there before anything runs on a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// A sealed directory, a saved plan, and its approvals.
    pub protected: bool,
    /// How many people have to sign a plan.
    pub approvals: u32,
    /// Whose signatures count.
    pub allowed_signers: Option<PathBuf>,
    /// Where the journal's newest row is written down.
    pub anchor: Option<PathBuf>,
    /// How long a saved plan holds, where that is said.
    pub plan_expires: Option<Duration>,
    /// By how many percent the rows of a table may have moved since a plan was saved, where that is said.
    pub plan_rows: Option<u32>,
}

impl Policy {
    /// What the environment says, and for the rest the database.
    fn of(config: Option<&Config>, base: Option<&Reach>, special: Option<&Reach>) -> Policy {
        fn first<T>(reaches: &[Option<&Reach>], pick: impl Fn(&Reach) -> Option<T>) -> Option<T> {
            reaches.iter().flatten().find_map(|reach| pick(reach))
        }
        let both = [special, base];
        // The paths of the file are relative to its folder.
        let path = |path: &PathBuf| config.map_or_else(|| path.clone(), |c| c.dir.join(path));
        Policy {
            protected: first(&both, |r| r.protected).unwrap_or_default(),
            approvals: first(&both, |r| r.approvals).unwrap_or_default(),
            allowed_signers: first(&both, |r| r.allowed_signers.as_ref().map(path)),
            anchor: first(&both, |r| r.anchor.as_ref().map(path)),
            plan_expires: first(&both, |r| r.plan_expires),
            plan_rows: first(&both, |r| r.plan_rows),
        }
    }
}

/// The databases that the options choose, in the order of the file, then of the registry.
///
/// # Errors
/// A name that is not there, an environment that is not there, or nothing that says which database.
pub fn select(
    global: &Global,
    registry: Registry<'_>,
    config: Option<&Config>,
    env: Environment<'_>,
    start: &Path,
) -> Result<Vec<Database>> {
    if let Some(dir) = &global.migrations {
        return by_directory(global, dir, env, start).map(|d| vec![d]);
    }
    let mut names: Vec<&str> =
        config.map_or_else(Vec::new, |c| c.databases.iter().map(|(n, _)| n.as_str()).collect());
    names.extend(registry.iter().map(|(n, _)| *n).filter(|n| config.is_none_or(|c| c.get(n).is_none())));
    if names.is_empty() {
        return Err(Error::new(ErrorKind::Config, format!("there is no {} here or above", config::FILE))
            .hint("give --url URL --migrations DIR, or write one: [database.app] with migrations and url"));
    }
    if let Some(wanted) = &global.database {
        if !names.contains(&wanted.as_str()) {
            return Err(Error::new(ErrorKind::Config, format!("there is no database {wanted}"))
                .hint(format!("there is {}", names.join(", "))));
        }
        names = vec![wanted];
    }
    if let Some(wanted) = &global.env {
        environment_exists(wanted, &names, config)?;
    }
    if global.url.is_some() && names.len() > 1 {
        return Err(Error::new(ErrorKind::Config, "--url is one database, and there are several")
            .hint(format!("choose with --database: {}", names.join(", "))));
    }
    let single = names.len() == 1;
    Ok(names.into_iter().map(|name| one(name, single, global, registry, config, env, start)).collect())
}

/// The database of a directory, named after its folder.
///
/// # Errors
/// When the path names no folder.
pub fn by_directory(global: &Global, dir: &Path, env: Environment<'_>, start: &Path) -> Result<Database> {
    // `--migrations .` is named after the folder too.
    let whole = start.join(dir);
    let whole = whole.canonicalize().unwrap_or(whole);
    let name = whole.file_name().map(|n| n.to_string_lossy().into_owned()).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("{} names no folder", dir.display()))
            .hint("give --migrations DIR")
    })?;
    let url = match &global.url {
        Some(url) => Ok(url.clone()),
        None => from_environment(env).ok_or_else(|| no_url(&name, None)),
    };
    Ok(Database {
        source: Ok(Source::Directory(dir.to_owned())),
        directory: Some(dir.to_owned()),
        url,
        password: None,
        url_from_file: false,
        schema: global.schema.clone(),
        lock_timeout: global.lock_timeout,
        lock_wait: global.lock_wait,
        policy: Policy::default(),
        requires: Requires::default(),
        sensitive: Sensitive::default(),
        hooks: Hooks::default(),
        env: None,
        backups: start.join(BACKUPS).join(&name),
        name,
        backup: None,
        keep: None,
        way_back: Vec::new(),
        max_duration: None,
        keys: Keys::default(),
    })
}

fn environment_exists(wanted: &str, names: &[&str], config: Option<&Config>) -> Result<()> {
    let databases: Vec<(&str, Option<&DatabaseConfig>)> =
        names.iter().map(|n| (*n, config.and_then(|c| c.get(n)))).collect();
    for (name, database) in databases {
        if database.is_some_and(|d| d.env.contains_key(wanted)) {
            continue;
        }
        let known: Vec<&str> = database.map_or_else(Vec::new, |d| d.env.keys().map(String::as_str).collect());
        let hint = if known.is_empty() {
            format!("write [database.{name}.env.{wanted}] with url or url_env")
        } else {
            format!("it has {}", known.join(", "))
        };
        let error =
            Error::new(ErrorKind::Config, format!("database {name} has no environment {wanted}")).hint(hint);
        return Err(match config {
            Some(config) => error.at(Location::file(&config.file)),
            None => error,
        });
    }
    Ok(())
}

fn one(
    name: &str,
    single: bool,
    global: &Global,
    registry: Registry<'_>,
    config: Option<&Config>,
    env: Environment<'_>,
    start: &Path,
) -> Database {
    let database = config.and_then(|c| c.get(name).map(|d| (c, d)));
    let directory = database.and_then(|(c, d)| {
        let dir = c.dir.join(d.migrations.as_ref()?);
        Some(dir.strip_prefix(start).map(Path::to_owned).unwrap_or(dir))
    });
    let embedded = registry.iter().find(|(n, _)| *n == name).map(|(_, set)| *set);
    let source = match (embedded, &directory) {
        (Some(set), _) => Ok(Source::Embedded(set)),
        (None, Some(dir)) => Ok(Source::Directory(dir.clone())),
        (None, None) => Err(Error::new(ErrorKind::Config, format!("database {name} has no migrations"))
            .at(Location::file(config.map_or(config::FILE, |c| c.file.as_str())))
            .hint(format!("write migrations = \"migrations/{name}\" in [database.{name}]"))),
    };
    let base = database.map(|(_, d)| &d.reach);
    let special = global.env.as_ref().and_then(|e| database.and_then(|(_, d)| d.env.get(e)));
    let password = password(global, config, base, special);
    let (url, url_from_file) = match url(name, single, global, config, base, special, env) {
        Ok((url, from_file)) => (Ok(url), from_file),
        Err(error) => (Err(error), false),
    };
    let first =
        |pick: &dyn Fn(&Reach) -> Option<Duration>| special.and_then(pick).or_else(|| base.and_then(pick));
    let backups =
        match special.and_then(|r| r.backups.as_ref()).or_else(|| base.and_then(|r| r.backups.as_ref())) {
            Some(dir) => config.map_or_else(|| start.to_owned(), |c| c.dir.clone()).join(dir),
            // Each environment by itself: a backup of the development database is none of production.
            None => {
                let dir = config.map_or(start, |c| c.dir.as_path()).join(BACKUPS);
                dir.join(global.env.as_ref().map_or_else(|| name.to_owned(), |env| format!("{name}.{env}")))
            }
        };
    Database {
        name: name.to_owned(),
        source,
        directory,
        url,
        password,
        url_from_file,
        schema: global
            .schema
            .clone()
            .or_else(|| special.and_then(|r| r.schema.clone()))
            .or_else(|| base.and_then(|r| r.schema.clone())),
        lock_timeout: global.lock_timeout.or_else(|| first(&|r| r.lock_timeout)),
        lock_wait: global.lock_wait.or_else(|| first(&|r| r.lock_wait)),
        policy: Policy::of(config, base, special),
        requires: database.map(|(_, d)| d.requires.clone()).unwrap_or_default(),
        // An environment may add to what the database says, not take away from it. It was read when the file was.
        sensitive: [base, special]
            .into_iter()
            .flatten()
            .filter_map(|reach| Sensitive::parse(reach.sensitive.as_ref()?.get_ref()).ok())
            .fold(Sensitive::default(), Sensitive::and),
        hooks: special
            .and_then(|r| r.hooks.clone())
            .or_else(|| base.and_then(|r| r.hooks.clone()))
            .unwrap_or_default(),
        env: global.env.clone(),
        backups,
        backup: special.and_then(|r| r.backup).or_else(|| base.and_then(|r| r.backup)),
        keep: special.and_then(|r| r.keep).or_else(|| base.and_then(|r| r.keep)),
        way_back: special
            .and_then(|r| r.way_back.clone())
            .or_else(|| base.and_then(|r| r.way_back.clone()))
            .unwrap_or_default(),
        max_duration: special.and_then(|r| r.max_duration).or_else(|| base.and_then(|r| r.max_duration)),
        keys: config.map(|config| Keys::of(config, base, special)).unwrap_or_default(),
    }
}

/// `--url`, then the environment of the file, then the database of the file, then (for a single database)
/// `DATABASE_URL` and libpq's variables. Within one table of the file, `url_env` wins where its variable is set.
fn url(
    name: &str,
    single: bool,
    global: &Global,
    config: Option<&Config>,
    base: Option<&Reach>,
    special: Option<&Reach>,
    env: Environment<'_>,
) -> Result<(String, bool)> {
    if let Some(url) = &global.url {
        return Ok((url.clone(), false));
    }
    // An environment that says anything about the URL replaces all that the database says: production must never
    // fall back to the development database because a variable is missing.
    let reach = special.filter(|r| r.url.is_some() || r.url_env.is_some()).or(base);
    if let (Some(reach), Some(config)) = (reach, config) {
        let variable = reach.url_env.as_ref();
        if let Some(url) = variable.and_then(|v| env(v)).filter(|v| !v.is_empty()) {
            return Ok((url, false));
        }
        if let Some(url) = &reach.url {
            return Ok((config::resolved(url.get_ref(), &config.dir), true));
        }
        if let Some(variable) = variable {
            return Err(Error::new(
                ErrorKind::Config,
                format!("the URL of database {name} is in the variable {variable}, which is not set"),
            )
            .at(Location::file(&config.file))
            .hint(format!("set {variable}, or give --url")));
        }
    }
    if single && let Some(url) = from_environment(env) {
        return Ok((url, false));
    }
    Err(no_url(name, config))
}

/// The password belongs to the URL of the same table: that of one server is never shown to another.
fn password(
    global: &Global,
    config: Option<&Config>,
    base: Option<&Reach>,
    special: Option<&Reach>,
) -> Option<Password> {
    let config = config.filter(|_| global.url.is_none())?;
    let own = special.and_then(|reach| Password::of(reach, config));
    let elsewhere = special.is_some_and(|r| r.url.is_some() || r.url_env.is_some());
    own.or_else(|| Password::of(base.filter(|_| !elsewhere)?, config))
}

fn from_environment(env: Environment<'_>) -> Option<String> {
    let set = |name: &str| env(name).filter(|v| !v.is_empty());
    if let Some(url) = set("DATABASE_URL") {
        return Some(url);
    }
    // The connection fills all that a URL leaves out from libpq's variables.
    let libpq = ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"].iter().any(|name| set(name).is_some());
    libpq.then(|| "postgres://".to_owned())
}

fn no_url(name: &str, config: Option<&Config>) -> Error {
    let error = Error::new(ErrorKind::Config, format!("nothing says how to reach database {name}"));
    match config {
        Some(config) => error
            .at(Location::file(&config.file))
            .hint(format!("write url or url_env in [database.{name}], or give --url")),
        None => error.hint("give --url, or set DATABASE_URL"),
    }
}
