//! `switchback.toml`: which databases there are, where their migrations lie and how to reach them.

use crate::args;
use crate::hooks::Hooks;
use crate::output::redact;
use clap::ValueEnum;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use switchback::backup::When;
use switchback::connect::{DatabaseUrl, remember};
use switchback::rollback::Criterion;
use switchback::{Error, ErrorKind, Location, Result, Sensitive};
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
    /// The versions of the engines that the migrations are made for.
    pub requires: Requires,
    /// `[database.NAME.env.ENV]`.
    pub env: BTreeMap<String, Reach>,
}

/// `requires = { postgres = ">=13, <19", sqlite = ">=3.35" }`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requires {
    /// Of the server.
    pub postgres: Option<String>,
    /// Of the library.
    pub sqlite: Option<String>,
}

/// How a database is reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Never with a password in it.
    pub url: Option<Spanned<String>>,
    /// The variable that holds the URL.
    pub url_env: Option<String>,
    /// PostgreSQL: the file that holds the password.
    pub password_file: Option<Spanned<PathBuf>>,
    /// PostgreSQL: the program that says the password, and its arguments.
    pub password_command: Option<Spanned<Vec<String>>>,
    /// Columns whose values are in no plan, report or error.
    pub sensitive: Option<Spanned<Vec<String>>>,
    /// PostgreSQL: the schema of the history.
    pub schema: Option<String>,
    /// PostgreSQL: how long a statement may wait for a lock.
    #[serde(default, deserialize_with = "time")]
    pub lock_timeout: Option<Duration>,
    /// How long to wait for another runner.
    #[serde(default, deserialize_with = "time")]
    pub lock_wait: Option<Duration>,
    /// What runs before and after.
    pub hooks: Option<Hooks>,
    /// Nothing runs without a sealed directory, a saved plan and its approvals.
    pub protected: Option<bool>,
    /// How many people have to sign a plan.
    pub approvals: Option<u32>,
    /// Whose signatures count: a file in OpenSSH's format.
    pub allowed_signers: Option<PathBuf>,
    /// Where the journal's newest row is written down.
    pub anchor: Option<PathBuf>,
    /// How long a saved plan holds.
    #[serde(default, deserialize_with = "time")]
    pub plan_expires: Option<Duration>,
    /// By how many percent the rows of a table may have moved since a plan was saved.
    pub plan_rows: Option<u32>,
    /// The folder of its backups.
    pub backups: Option<PathBuf>,
    /// When `up` makes a backup first.
    pub backup: Option<BackupWhen>,
    /// How many backups stay.
    pub keep: Option<usize>,
    /// What an `up` that failed is taken back for, by itself.
    pub way_back: Option<Vec<Criterion>>,
    /// How long an `up` may take.
    #[serde(default, deserialize_with = "time")]
    pub max_duration: Option<Duration>,
    /// For whom backups are encrypted.
    pub recipients: Option<Vec<String>>,
    /// A file that says for whom, one a line.
    pub recipients_file: Option<PathBuf>,
    /// The file with the private key that opens encrypted backups.
    pub identity: Option<PathBuf>,
}

/// When `up` makes a backup first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum BackupWhen {
    // Whenever there are rows.
    Always,
    // When something that runs rewrites or deletes rows.
    DataLoss,
    // Not at all.
    Never,
}

impl BackupWhen {
    /// As the library says it.
    pub fn when(self) -> When {
        match self {
            BackupWhen::Always => When::Always,
            BackupWhen::DataLoss => When::DataLoss,
            BackupWhen::Never => When::Never,
        }
    }
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
    #[serde(default)]
    requires: Requires,
    url: Option<Spanned<String>>,
    url_env: Option<String>,
    password_file: Option<Spanned<PathBuf>>,
    password_command: Option<Spanned<Vec<String>>>,
    sensitive: Option<Spanned<Vec<String>>>,
    schema: Option<String>,
    #[serde(default, deserialize_with = "time")]
    lock_timeout: Option<Duration>,
    #[serde(default, deserialize_with = "time")]
    lock_wait: Option<Duration>,
    hooks: Option<Hooks>,
    protected: Option<bool>,
    approvals: Option<u32>,
    allowed_signers: Option<PathBuf>,
    anchor: Option<PathBuf>,
    #[serde(default, deserialize_with = "time")]
    plan_expires: Option<Duration>,
    plan_rows: Option<u32>,
    backups: Option<PathBuf>,
    backup: Option<BackupWhen>,
    keep: Option<usize>,
    way_back: Option<Vec<Criterion>>,
    #[serde(default, deserialize_with = "time")]
    max_duration: Option<Duration>,
    recipients: Option<Vec<String>>,
    recipients_file: Option<PathBuf>,
    identity: Option<PathBuf>,
    #[serde(default)]
    env: BTreeMap<String, Reach>,
}

pub(crate) fn time<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> std::result::Result<Option<Duration>, D::Error> {
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
                    password_file: raw.password_file,
                    password_command: raw.password_command,
                    sensitive: raw.sensitive,
                    schema: raw.schema,
                    lock_timeout: raw.lock_timeout,
                    lock_wait: raw.lock_wait,
                    hooks: raw.hooks,
                    protected: raw.protected,
                    approvals: raw.approvals,
                    allowed_signers: raw.allowed_signers,
                    anchor: raw.anchor,
                    plan_expires: raw.plan_expires,
                    plan_rows: raw.plan_rows,
                    backups: raw.backups,
                    backup: raw.backup,
                    keep: raw.keep,
                    way_back: raw.way_back,
                    max_duration: raw.max_duration,
                    recipients: raw.recipients,
                    recipients_file: raw.recipients_file,
                    identity: raw.identity,
                };
                (
                    name.into_inner(),
                    DatabaseConfig {
                        migrations: raw.migrations,
                        reach,
                        requires: raw.requires,
                        env: raw.env,
                    },
                )
            })
            .collect();
        for (_, database) in &databases {
            for reach in std::iter::once(&database.reach).chain(database.env.values()) {
                no_secret(reach, text, file)?;
                one_password(reach, text, file)?;
                if let Some(columns) = &reach.sensitive {
                    let place = || redacted(Location::in_text(file, text, columns.span().start));
                    Sensitive::parse(columns.get_ref()).map_err(|e| e.at(place()))?;
                }
            }
        }
        Ok(Config { dir: dir.to_owned(), file: file.to_owned(), databases, scratch: raw.scratch })
    }

    /// A database by its name.
    pub fn get(&self, name: &str) -> Option<&DatabaseConfig> {
        self.databases.iter().find(|(n, _)| n == name).map(|(_, d)| d)
    }
}

/// A file that is committed is no place for a password, neither in a URL nor in a command.
fn no_secret(reach: &Reach, text: &str, file: &str) -> Result<()> {
    let refused = |what: &str, at: Option<usize>, hint: &str| {
        let place = at.map_or_else(|| Location::file(file), |at| Location::in_text(file, text, at));
        Err(Error::new(
            ErrorKind::Config,
            format!("{what} with a password in it does not belong in a file that is committed"),
        )
        .at(redacted(place))
        .hint(hint))
    };
    if let Some(url) = reach.url.as_ref().filter(|url| holds_password(url.get_ref())) {
        if redact(url.get_ref()) == *url.get_ref() {
            // A spelling that nothing can be shown of.
            remember(url.get_ref());
        }
        return refused(
            "a URL",
            Some(url.span().start),
            "leave the password out and say where it is: password_file, password_command, a passfile (PGPASSFILE, \
             ~/.pgpass), or a variable that holds the whole URL: url_env = \"JOURNAL_URL\"",
        );
    }
    let hint = "leave the password out, and let the command read it from a file or a program of its own";
    let hooks = reach.hooks.iter().flat_map(Hooks::words);
    if hooks.map(unexpanded).any(|word| redact(&word) != word) {
        return refused("a hook", None, hint);
    }
    match &reach.password_command {
        Some(words) if words.get_ref().iter().any(|word| redact(word) != *word) => {
            refused("a command", Some(words.span().start), hint)
        }
        Some(_) | None => Ok(()),
    }
}

/// However it is spelt: as the connection reads it, as it stands there, and with the percent signs decoded.
fn holds_password(url: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(url).decode_utf8_lossy();
    let read = match DatabaseUrl::parse(url) {
        Ok(DatabaseUrl::Postgres(target)) => target.get("password").is_some_and(|p| !p.is_empty()),
        Ok(DatabaseUrl::Sqlite(_)) | Err(_) => false,
    };
    read || redact(url) != url || redact(&decoded) != decoded
}

/// A line without what the shell puts in: `PGPASSWORD=$PASSWORD` holds no password.
fn unexpanded(word: &str) -> String {
    ["=\"$", "='$", "=$", ":$"].iter().fold(word.to_owned(), |word, begin| word.replace(begin, "_"))
}

/// Two places for one password are one too many: nobody knows which one counts.
fn one_password(reach: &Reach, text: &str, file: &str) -> Result<()> {
    let refused = |at: usize, message: &str, hint: &str| {
        let place = redacted(Location::in_text(file, text, at));
        Err(Error::new(ErrorKind::Config, message).at(place).hint(hint))
    };
    match (&reach.password_file, &reach.password_command) {
        (Some(_), Some(command)) => refused(
            command.span().start,
            "both password_file and password_command say where the password is",
            "leave one of them out",
        ),
        (None, Some(command)) if command.get_ref().first().is_none_or(String::is_empty) => refused(
            command.span().start,
            "password_command names no program",
            "write its words, without a shell: password_command = [\"pass\", \"show\", \"db/app\"]",
        ),
        _ => Ok(()),
    }
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
