//! What every command works with: options, configuration, connections, progress and where results go.

use crate::answer::Answer;
use crate::args::{self, Format, Global};
use crate::config::{self, Config};
use crate::databases::{self, Database, Registry};
use crate::guard::Permit;
use crate::interrupt::Interrupt;
use crate::output::{self, Output};
use crate::paint::Paint;
use crate::password;
use crate::progress::{Bar, Lines, Objects, Progress};
use crate::render::text;
use indicatif::ProgressDrawTarget;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use switchback::connect::DatabaseUrl;
use switchback::scratch;
use switchback::set::Files;
use switchback::{
    Connected, Dialect, Error, ErrorKind, Event, Location, Migrator, Options, Result, Source, Watch,
};

/// What every command works with.
pub struct App<'a> {
    /// The global options.
    pub global: &'a Global,
    /// The embedded sets of this program.
    pub registry: Registry<'a>,
    /// How a person calls this program: `switchback`, `cargo xtask migrate`.
    pub program: &'a str,
    /// The current directory.
    pub start: PathBuf,
    /// Ctrl-C.
    pub interrupt: &'a Interrupt,
    /// The colours of stdout.
    pub paint: Paint,
    /// Where results go.
    pub out: Output,
    /// The URLs whose password came from elsewhere: a program that says one is asked once.
    pub secret_urls: RefCell<BTreeMap<String, String>>,
}

/// What to do about a SQLite file that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// `up` begins a database.
    Create,
    /// All else is about one that exists: an empty file would only hide a mistake in its name.
    Refuse,
}

/// A connection, and how it is called.
pub struct Session {
    /// The connection.
    pub connected: Connected,
    /// What is shown of a run while it runs.
    pub progress: Rc<RefCell<Progress>>,
    /// Its name.
    pub database: String,
    /// Its engine.
    pub engine: &'static str,
    /// Where the database is, without secrets.
    pub place: String,
}

impl App<'_> {
    /// Looks a variable of the environment up.
    pub fn env(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// The configuration, where there is one and it is wanted.
    ///
    /// # Errors
    /// When it is not what it should be.
    pub fn config(&self) -> Result<Option<Config>> {
        if self.global.migrations.is_some() { Ok(None) } else { Config::find(&self.start) }
    }

    /// All databases that the options choose.
    ///
    /// # Errors
    /// When they choose none.
    pub fn databases(&self) -> Result<Vec<Database>> {
        let config = self.config()?;
        databases::select(self.global, self.registry, config.as_ref(), &Self::env, &self.start)
    }

    /// The one database that the options choose.
    ///
    /// # Errors
    /// When they choose none, or several.
    pub fn one(&self, why: &str) -> Result<Database> {
        let all = self.databases()?;
        <[Database; 1]>::try_from(all).map(|[one]| one).map_err(|all| several(why, &all))
    }

    /// Where a database is and how it is opened, with the password that the file says is elsewhere: for connecting,
    /// never for showing.
    ///
    /// # Errors
    /// When nothing says where it is, or the password is not where it should be.
    fn secret_url(&self, database: &Database) -> Result<String> {
        let url = database.url.clone()?;
        let Some(password) = &database.password else { return Ok(url) };
        let mut known = self.secret_urls.borrow_mut();
        if let Some(known) = known.get(&database.name) {
            return Ok(known.clone());
        }
        let url = password::secret_url(&url, password)?;
        known.insert(database.name.clone(), url.clone());
        Ok(url)
    }

    /// Connects to write.
    ///
    /// # Errors
    /// When the database is not said, does not answer, or is a file that is not there and should be.
    pub fn connect(
        &self,
        database: &Database,
        missing: Missing,
        change: &dyn Fn(&mut Options),
    ) -> Result<Session> {
        let url = self.secret_url(database)?;
        match missing {
            Missing::Create if database.url_from_file => create_folder(&url)?,
            Missing::Create => {}
            Missing::Refuse => must_exist(&url, &self.start)?,
        }
        let mut options = self.options(database);
        change(&mut options);
        let migrator = Migrator::new(database.source.clone()?).options(options);
        Ok(self.session(migrator.connect(&url)?, database, &url))
    }

    /// Connects to read.
    ///
    /// # Errors
    /// When the database is not said, or does not answer.
    pub fn connect_read_only(&self, database: &Database) -> Result<Session> {
        let url = self.secret_url(database)?;
        let mut options = self.options(database);
        // The folder of a development database is created by the first `up`; until then the database is an empty one.
        let mut opened = url.as_str();
        if database.url_from_file && folder_is_missing(&url) {
            options.file = sqlite_file(&url);
            opened = "sqlite::memory:";
        }
        let migrator = Migrator::new(database.source.clone()?).options(options);
        Ok(self.session(migrator.connect_read_only(opened)?, database, &url))
    }

    fn session(&self, connected: Connected, database: &Database, url: &str) -> Session {
        let progress = Rc::new(RefCell::new(self.progress(&database.name)));
        let shown = Rc::clone(&progress);
        let connected = connected.observer(move |event: &Event<'_>| shown.borrow_mut().event(event));
        Session {
            connected,
            progress,
            database: database.name.clone(),
            engine: engine(url).as_str(),
            // As it was written, without what came from elsewhere.
            place: place(database.url.as_deref().unwrap_or(url), &self.start),
        }
    }

    /// How throwaway databases are made: with the roles, extensions and setup of `[scratch]`.
    ///
    /// # Errors
    /// When the configuration, or the setup that it names, cannot be read.
    pub fn scratch_options(&self, scratch_url: Option<String>) -> Result<scratch::Options> {
        let mut options = scratch::Options { scratch_url, ..scratch::Options::default() };
        if let Some(config) = Config::find(&self.start)? {
            if let Some(setup) = &config.scratch.setup {
                let path = config.dir.join(setup);
                let text = std::fs::read_to_string(&path).map_err(|e| {
                    Error::new(ErrorKind::Config, format!("the setup {} cannot be read: {e}", path.display()))
                        .at(Location::file(&config.file))
                })?;
                options.setup = Some(scratch::Setup { file: config::shown(&path, &self.start), text });
            }
            options.roles = config.scratch.roles;
            options.extensions = config.scratch.extensions;
        }
        Ok(options)
    }

    /// The migrations as they lie on disk, with the Rust functions that were compiled in: what is sealed and proven.
    ///
    /// # Errors
    /// When no directory is known, or it cannot be read.
    pub fn on_disk(&self, database: &Database) -> Result<Source> {
        let source = database.source.clone()?;
        let rust = match &source {
            Source::Embedded(set) => set.rust,
            Source::Directory(_) => &[],
            Source::Files(files) => files.rust,
        };
        match &database.directory {
            Some(dir) => Ok(Source::Files(Files {
                name: database.name.clone(),
                files: switchback::files::read_dir(dir)?.into(),
                rust,
            })),
            None => Ok(source),
        }
    }

    /// How a run on that database behaves.
    pub fn options(&self, database: &Database) -> Options {
        let standard = Options::default();
        Options {
            lock_wait: database.lock_wait.unwrap_or(standard.lock_wait),
            lock_timeout: database.lock_timeout.unwrap_or(standard.lock_timeout),
            max_duration: database.max_duration,
            count_rows: true,
            schema: database.schema.clone(),
            set: self.global.set.clone(),
            sensitive: database.sensitive.clone(),
            recipients: database.keys.recipients.clone(),
            recipients_file: database.keys.recipients_file.clone(),
            identities: database.keys.identities.clone(),
            requires: switchback::Requires {
                postgres: database.requires.postgres.clone(),
                sqlite: database.requires.sqlite.clone(),
            },
            interrupt: self.interrupt.flag(),
            runner: if self.registry.is_empty() { standard.runner.clone() } else { self.program.to_owned() },
            database: Some(database.name.clone()),
            // Messages name files as they lie on disk, also those that are compiled in.
            root: database.directory.as_ref().map(|dir| dir.display().to_string()),
            ..standard
        }
    }

    fn progress(&self, database: &str) -> Progress {
        let stderr = || Box::new(output::Log);
        let quiet = self.global.quiet;
        match self.global.progress {
            args::Progress::None => Progress::None { quiet },
            args::Progress::Auto | args::Progress::Plain if quiet => Progress::None { quiet },
            args::Progress::Auto if output::stderr_is_terminal() => {
                Progress::Bar(Box::new(Bar::new(database, ProgressDrawTarget::stderr())))
            }
            args::Progress::Auto | args::Progress::Plain => Progress::Plain(Lines::new(database, stderr())),
            args::Progress::Json => Progress::Json(Objects::new(database, Box::new(output::JsonLog))),
        }
    }

    /// Carries out what a signal may end, with its progress; the connection stays for what is left to say.
    pub fn carry_out<T>(
        &self,
        session: &mut Session,
        run: impl FnOnce(&mut Connected) -> Result<T>,
    ) -> Result<T> {
        let result = self.interrupt.during(|| run(&mut session.connected));
        session.progress.borrow().finish();
        result
    }

    /// The migrations of a database and where it is, for what connects by itself.
    ///
    /// # Errors
    /// When either is not said.
    pub fn migrator(&self, database: &Database, permit: &Permit) -> Result<(Migrator, String)> {
        let mut options = self.options(database);
        permit.apply(&mut options);
        let url = self.secret_url(database)?;
        Ok((Migrator::new(database.source.clone()?).options(options), url))
    }

    /// Carries out what connects by itself and stops by itself when a signal comes, with its progress. Where a throwaway
    /// server may be up meanwhile, [`Interrupt::patiently`] is around it.
    pub fn watched<T>(&self, database: &str, run: impl FnOnce(&Watch) -> Result<T>) -> Result<T> {
        let progress = Rc::new(RefCell::new(self.progress(database)));
        let shown = Rc::clone(&progress);
        let watch = Watch::new(move |event: &Event<'_>| shown.borrow_mut().event(event));
        let result = self.interrupt.during(|| run(&watch));
        progress.borrow().finish();
        result
    }

    /// Writes a result for people; JSON has its one document at the end.
    pub fn text(&self, text: &str) {
        if self.global.format == Format::Text {
            self.out.result(text);
        }
    }

    /// Writes the heading of a database for people.
    pub fn heading(&self, session: &Session, what: &str) {
        self.text(&text::heading(self.paint, &session.database, session.engine, &session.place, what));
    }

    /// Does the same for every database that is only read, and goes on where one of them fails.
    ///
    /// # Errors
    /// When no database is chosen.
    pub fn read_all(
        &self,
        key: &'static str,
        each: &mut dyn FnMut(&Database, &mut Session, &mut Answer) -> Result<()>,
    ) -> Result<Answer> {
        let mut answer = Answer::new(key);
        for database in self.databases()? {
            let session = self.connect_read_only(&database);
            if let Err(error) = session.and_then(|mut session| each(&database, &mut session, &mut answer)) {
                answer.fail(&database.name, error);
            }
        }
        Ok(answer)
    }
}

/// The refusal of a command that is about one database.
pub fn several(why: &str, databases: &[Database]) -> Error {
    let names: Vec<&str> = databases.iter().map(|d| d.name.as_str()).collect();
    Error::new(ErrorKind::Refused, format!("{why}, and there are several"))
        .hint(format!("choose with --database: {}", names.join(", ")))
}

/// The engine that a URL names; SQLite where it names none, for then nothing is said of it.
pub fn engine(url: &str) -> Dialect {
    DatabaseUrl::parse(url).map_or(Dialect::Sqlite, |url| url.dialect())
}

/// Where a database is, for headings: never with a password.
pub fn place(url: &str, start: &Path) -> String {
    let Ok(url) = DatabaseUrl::parse(url) else { return String::new() };
    match url.with_environment(&App::env) {
        Ok(DatabaseUrl::Sqlite(target)) => match target.path() {
            Some(path) => config::shown(path, start),
            None => "in memory".to_owned(),
        },
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// The folder of a SQLite file that switchback.toml names: a development database under `target/` just works.
fn create_folder(url: &str) -> Result<()> {
    let Ok(DatabaseUrl::Sqlite(target)) = DatabaseUrl::parse(url) else { return Ok(()) };
    if target.must_exist || target.read_only {
        return Ok(());
    }
    match target.path().and_then(Path::parent) {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder).map_err(|e| {
            Error::new(ErrorKind::Io, format!("the folder {} cannot be created: {e}", folder.display()))
        }),
        Some(_) | None => Ok(()),
    }
}

fn must_exist(url: &str, start: &Path) -> Result<()> {
    match sqlite_file(url) {
        Some(path) if !path.exists() => {
            let path = config::shown(&path, start);
            Err(Error::new(ErrorKind::Connection, format!("the database {path} does not exist"))
                .hint("check the path; only `up` creates a database"))
        }
        Some(_) | None => Ok(()),
    }
}

fn sqlite_file(url: &str) -> Option<PathBuf> {
    match DatabaseUrl::parse(url) {
        Ok(DatabaseUrl::Sqlite(target)) => target.path().map(Path::to_owned),
        Ok(DatabaseUrl::Postgres(_)) | Err(_) => None,
    }
}

fn folder_is_missing(url: &str) -> bool {
    let Ok(DatabaseUrl::Sqlite(target)) = DatabaseUrl::parse(url) else { return false };
    let folder = target.path().and_then(Path::parent);
    !target.must_exist && folder.is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.exists())
}
