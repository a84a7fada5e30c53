//! Which databases a command is about, and how each is reached. Pure: options, file and environment in, plain data out.

use crate::args::Global;
use crate::config::{self, Config, DatabaseConfig, Reach};
use std::path::{Path, PathBuf};
use std::time::Duration;
use switchback::{EmbeddedSet, Error, ErrorKind, Location, Result, Source};

/// Looks a variable of the environment up.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The embedded sets of the program, by the name of their database.
pub type Registry<'a> = &'a [(&'a str, EmbeddedSet)];

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
    /// Whether the URL comes from the file (whose folders may be created).
    pub url_from_file: bool,
    /// PostgreSQL: the schema of the history.
    pub schema: Option<String>,
    /// PostgreSQL: how long a statement may wait for a lock.
    pub lock_timeout: Option<Duration>,
    /// How long to wait for another runner.
    pub lock_wait: Option<Duration>,
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
        name,
        source: Ok(Source::Directory(dir.to_owned())),
        directory: Some(dir.to_owned()),
        url,
        url_from_file: false,
        schema: global.schema.clone(),
        lock_timeout: global.lock_timeout,
        lock_wait: global.lock_wait,
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
    let (url, url_from_file) = match url(name, single, global, config, base, special, env) {
        Ok((url, from_file)) => (Ok(url), from_file),
        Err(error) => (Err(error), false),
    };
    let first =
        |pick: &dyn Fn(&Reach) -> Option<Duration>| special.and_then(pick).or_else(|| base.and_then(pick));
    Database {
        name: name.to_owned(),
        source,
        directory,
        url,
        url_from_file,
        schema: global
            .schema
            .clone()
            .or_else(|| special.and_then(|r| r.schema.clone()))
            .or_else(|| base.and_then(|r| r.schema.clone())),
        lock_timeout: global.lock_timeout.or_else(|| first(&|r| r.lock_timeout)),
        lock_wait: global.lock_wait.or_else(|| first(&|r| r.lock_wait)),
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
