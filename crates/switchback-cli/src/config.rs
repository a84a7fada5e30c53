//! `switchback.toml`: which databases there are, where their migrations lie and how to reach them.

use crate::args;
use crate::output::redact;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use switchback::connect::DatabaseUrl;
use switchback::{Error, ErrorKind, Location, Result};
use toml::Spanned;

/// The name of the file.
pub const FILE: &str = "switchback.toml";

/// The file, read and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that it lies in: its paths are relative to that.
    pub dir: PathBuf,
    /// How messages call it.
    pub file: String,
    /// In the order of the file.
    pub databases: Vec<(String, DatabaseConfig)>,
    /// What a throwaway database needs before the first migration.
    pub scratch: ScratchConfig,
}

/// `[database.NAME]`.
#[derive(Debug, Clone, Default)]
pub struct DatabaseConfig {
    /// The directory of migrations.
    pub migrations: Option<PathBuf>,
    /// The same in every environment, unless that says otherwise.
    pub reach: Reach,
    /// `[database.NAME.env.ENV]`.
    pub env: BTreeMap<String, Reach>,
}

/// How a database is reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Never with a password in it.
    pub url: Option<Spanned<String>>,
    /// The variable that holds the URL.
    pub url_env: Option<String>,
    /// PostgreSQL: the schema of the history.
    pub schema: Option<String>,
    /// PostgreSQL: how long a statement may wait for a lock.
    #[serde(default, deserialize_with = "time")]
    pub lock_timeout: Option<Duration>,
    /// How long to wait for another runner.
    #[serde(default, deserialize_with = "time")]
    pub lock_wait: Option<Duration>,
}

/// `[scratch]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScratchConfig {
    /// SQL that is run first.
    pub setup: Option<PathBuf>,
    /// Roles that are created first (PostgreSQL).
    #[serde(default)]
    pub roles: Vec<String>,
    /// Extensions that are created first (PostgreSQL).
    #[serde(default)]
    pub extensions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    database: BTreeMap<Spanned<String>, Spanned<RawDatabase>>,
    #[serde(default)]
    scratch: ScratchConfig,
}

/// As [`DatabaseConfig`], but written out: serde cannot both flatten and refuse unknown keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDatabase {
    migrations: Option<PathBuf>,
    url: Option<Spanned<String>>,
    url_env: Option<String>,
    schema: Option<String>,
    #[serde(default, deserialize_with = "time")]
    lock_timeout: Option<Duration>,
    #[serde(default, deserialize_with = "time")]
    lock_wait: Option<Duration>,
    #[serde(default)]
    env: BTreeMap<String, Reach>,
}

fn time<'de, D: serde::Deserializer<'de>>(d: D) -> std::result::Result<Option<Duration>, D::Error> {
    let text = String::deserialize(d)?;
    args::duration(&text).map(Some).map_err(serde::de::Error::custom)
}

impl Config {
    /// Reads the nearest file, from `start` upwards; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not what it should be.
    pub fn find(start: &Path) -> Result<Option<Config>> {
        for dir in start.ancestors() {
            let path = dir.join(FILE);
            if !path.is_file() {
                continue;
            }
            let file = shown(&path, start);
            let bytes = fs::read(&path).map_err(|e| {
                Error::new(ErrorKind::Config, format!("{FILE} cannot be read: {e}")).at(Location::file(&file))
            })?;
            let text = String::from_utf8(bytes).map_err(|e| {
                let at = e.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(e.as_bytes()).into_owned();
                Error::new(ErrorKind::Config, "not UTF-8").at(Location::in_text(&file, &text, at))
            })?;
            return Config::parse(&text, dir, &file).map(Some);
        }
        Ok(None)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// At the place in the file.
    pub fn parse(text: &str, dir: &Path, file: &str) -> Result<Config> {
        let raw: Raw = toml::from_str(text).map_err(|e| {
            let error = Error::new(ErrorKind::Config, e.message().replace('\n', ", "));
            match e.span() {
                Some(span) => error.at(redacted(Location::in_text(file, text, span.start))),
                None => error.at(Location::file(file)),
            }
        })?;
        let mut databases: Vec<(Spanned<String>, RawDatabase)> =
            raw.database.into_iter().map(|(name, database)| (name, database.into_inner())).collect();
        databases.sort_by_key(|(name, _)| name.span().start);
        let databases: Vec<(String, DatabaseConfig)> = databases
            .into_iter()
            .map(|(name, raw)| {
                let reach = Reach {
                    url: raw.url,
                    url_env: raw.url_env,
                    schema: raw.schema,
                    lock_timeout: raw.lock_timeout,
                    lock_wait: raw.lock_wait,
                };
                (name.into_inner(), DatabaseConfig { migrations: raw.migrations, reach, env: raw.env })
            })
            .collect();
        for (_, database) in &databases {
            for reach in std::iter::once(&database.reach).chain(database.env.values()) {
                no_password(reach, text, file)?;
            }
        }
        Ok(Config { dir: dir.to_owned(), file: file.to_owned(), databases, scratch: raw.scratch })
    }

    /// A database by its name.
    pub fn get(&self, name: &str) -> Option<&DatabaseConfig> {
        self.databases.iter().find(|(n, _)| n == name).map(|(_, d)| d)
    }
}

/// A file that is committed is no place for a password.
fn no_password(reach: &Reach, text: &str, file: &str) -> Result<()> {
    let Some(url) = &reach.url else { return Ok(()) };
    if redact(url.get_ref()) == *url.get_ref() {
        return Ok(());
    }
    let place = Location::in_text(file, text, url.span().start);
    Err(Error::new(ErrorKind::Config, "a URL with a password in it does not belong in a file that is committed")
        .at(redacted(place))
        .hint(
            "leave the password out and use a passfile (PGPASSFILE, ~/.pgpass), or name a variable that holds the \
             whole URL: url_env = \"JOURNAL_URL\"",
        ))
}

fn redacted(mut place: Location) -> Location {
    place.source_line = place.source_line.map(|line| redact(&line));
    place
}

/// A path as somebody in `start` would call it.
pub fn shown(path: &Path, start: &Path) -> String {
    path.strip_prefix(start).unwrap_or(path).display().to_string()
}

/// A URL of the file: a relative path of SQLite is relative to `dir`.
pub fn resolved(url: &str, dir: &Path) -> String {
    let Ok(DatabaseUrl::Sqlite(target)) = DatabaseUrl::parse(url) else { return url.to_owned() };
    if target.path().is_none_or(Path::is_absolute) {
        return url.to_owned();
    }
    let schemes = ["sqlite://", "sqlite:", "file:"];
    match schemes.iter().find_map(|scheme| url.strip_prefix(scheme).map(|rest| (scheme, rest))) {
        Some((scheme, rest)) => {
            // In a URL these three have a meaning; in the name of a folder they have none.
            let dir = dir.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
            format!("{}{dir}/{rest}", scheme.trim_end_matches('/'))
        }
        None => dir.join(url).display().to_string(),
    }
}
