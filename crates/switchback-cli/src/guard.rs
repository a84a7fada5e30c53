//! What has to be there before a command changes a database: a saved plan that holds, and in a protected environment a
//! sealed directory and approvals too. Each refusal is journalled where there is a journal.

use crate::app::{self, App, Missing};
use crate::approval::{self, AllowedSigners};
use crate::databases::Database;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use switchback::plan::lock::{self, LockFile};
use switchback::plan::saved::{Action, SavedPlan};
use switchback::plan::source;
use switchback::{Error, ErrorKind, Location, Options, PlanRequest, Result};

/// What a command is about to do.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    /// The command.
    pub action: Action,
    /// Its options as a person writes them (`--accept 7`), but those that change nothing: `--plan`, `--yes`.
    pub arguments: Vec<String>,
    /// `--plan FILE`.
    pub plan: Option<&'a Path>,
}

/// That it may.
#[derive(Debug, Clone, Default)]
pub struct Permit {
    saved: Option<Arc<SavedPlan>>,
}

impl Permit {
    /// For the connection that does it: the plan is held against the database once more under the lock, and the journal
    /// names it.
    pub fn apply(&self, options: &mut Options) {
        options.saved.clone_from(&self.saved);
    }

    /// The backup that is about to be read is the one that the plan was made for, where there is a plan.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`] where the plan names it not, or its manifest is another one.
    pub fn must_be_of_the_plan(&self, backup: &Path) -> Result<()> {
        self.saved.as_ref().map_or(Ok(()), |saved| switchback::hold_backup(saved, backup))
    }
}

/// Whether the command may change that database.
///
/// # Errors
/// [`ErrorKind::Plan`], [`ErrorKind::Approval`] or [`ErrorKind::Seal`], with what is missing or has moved.
pub fn permit(app: &App<'_>, database: &Database, deed: &Deed<'_>) -> Result<Permit> {
    if !database.policy.protected && database.policy.approvals == 0 && deed.plan.is_none() {
        return Ok(Permit::default());
    }
    let permitted = examine(app, database, deed);
    if let Err(error) = &permitted {
        journal(app, database, error);
    }
    permitted
}

/// The same error, journalled where it is a refusal.
///
/// # Errors
/// That one.
pub fn unless(app: &App<'_>, database: &Database, checked: Result<()>) -> Result<()> {
    checked.inspect_err(|error| journal(app, database, error))
}

fn examine(app: &App<'_>, database: &Database, deed: &Deed<'_>) -> Result<Permit> {
    let policy = &database.policy;
    let (name, command) = (&database.name, deed.action.as_str());
    if policy.approvals > 0 && !policy.protected {
        return Err(Error::new(ErrorKind::Config, "the database asks for approvals and is not protected")
            .hint("write protected = true beside approvals in switchback.toml"));
    }
    let Some(file) = deed.plan else {
        return Err(Error::new(ErrorKind::Plan, format!("the database is protected, so `{command}` needs a saved plan")).hint(
            match deed.action {
                Action::Up => "save one with `plan --out FILE`, have it signed with `plan sign FILE`, then run `up --plan FILE`; nothing was changed".to_owned(),
                _ => format!("save one with `plan --for {command} --out FILE -- ARGUMENTS`, have it signed with `plan sign FILE`, then run `{command}` with --plan FILE; nothing was changed"),
            },
        ));
    };
    let saved = read(file)?;
    let refuse = |what: String| {
        Err(Error::new(ErrorKind::Plan, what)
            .at(Location::file(file.display().to_string()))
            .hint("give the plan that was made for this, or make one; nothing was changed"))
    };
    if saved.action != deed.action {
        return refuse(format!("the plan is one for `{}`, not for `{command}`", saved.action.as_str()));
    }
    if saved.database != *name {
        return refuse(format!("the plan is one for the database {}, not for {name}", saved.database));
    }
    let given = arguments(app, &deed.arguments);
    if saved.arguments != given {
        let shown = |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(" ") };
        return refuse(format!(
            "the plan was made for other arguments: {}, and given are {}",
            shown(&saved.arguments),
            shown(&given)
        ));
    }
    if policy.protected {
        must_be_sealed(database)?;
        approve(app, database, file, &saved)?;
    }
    match app.connect_read_only(database).and_then(|mut session| session.connected.hold(&saved)) {
        Err(e) if saved.is_blind() && is_unreadable(deed.action, &e) => {
            PlanRequest::hold_blind(&saved, &place(database), &app.options(database))?;
        }
        held => held?,
    }
    Ok(Permit { saved: Some(Arc::new(saved)) })
}

/// To restore and to go back there need be no database that can be read.
pub fn is_unreadable(action: Action, error: &Error) -> bool {
    matches!(action, Action::Restore | Action::Rollback)
        && matches!(error.kind(), ErrorKind::Connection | ErrorKind::Database)
}

/// Where the database should be, as it is written into a plan that is made blind.
pub fn place(database: &Database) -> String {
    let url = database.url.as_deref().unwrap_or_default();
    // From no folder in particular: whoever carries the plan out may stand elsewhere.
    app::place(url, Path::new("/"))
}

/// What a plan is made for and its command has to be given: its own arguments, then the options of Rust migrations.
pub fn arguments(app: &App<'_>, own: &[String]) -> Vec<String> {
    let set = app.global.set.iter().map(|(name, value)| format!("--set {name}={value}"));
    own.iter().cloned().chain(set).map(|text| switchback::connect::redact_places(&text)).collect()
}

/// Reads a saved plan.
///
/// # Errors
/// When it cannot be read, is none, or was edited.
pub fn read(file: &Path) -> Result<SavedPlan> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|e| {
        Error::new(ErrorKind::Plan, format!("the plan cannot be read: {e}"))
            .at(Location::file(&shown))
            .hint("give the file that `plan --out FILE` wrote")
    })?;
    SavedPlan::parse(&shown, &text)
}

/// All files are those that were sealed, for the engine of the database.
fn must_be_sealed(database: &Database) -> Result<()> {
    let files = database.source.clone()?.files()?.files;
    let engine = database.url.as_deref().map(app::engine).map_err(Clone::clone)?;
    let hint = "run `seal`, review and commit what it writes, and make a new plan; nothing was changed";
    let Some(file) = files.iter().find(|f| f.path == lock::FILE) else {
        return Err(Error::new(
            ErrorKind::Seal,
            "the database is protected, and its directory is not sealed",
        )
        .hint(hint));
    };
    let lock = LockFile::parse(lock::FILE, &String::from_utf8_lossy(&file.content))?;
    let problems = lock.problems(&source::sources(&files)?, &[engine]);
    let Some(first) = problems.first() else { return Ok(()) };
    let more = if problems.len() > 1 { format!(" (and {} more)", problems.len() - 1) } else { String::new() };
    Err(Error::new(
        ErrorKind::Seal,
        format!(
            "the database is protected, and its directory is not as it was sealed: {}{more}",
            first.message()
        ),
    )
    .hint(hint))
}

/// Whose signatures count for that database.
///
/// # Errors
/// When the file is not named, or not what it should be.
pub fn allowed_signers(database: &Database) -> Result<(PathBuf, AllowedSigners)> {
    let Some(path) = &database.policy.allowed_signers else {
        return Err(Error::new(
            ErrorKind::Config,
            format!("nothing says whose signatures count for {}", database.name),
        )
        .hint("write allowed_signers = \"FILE\" in switchback.toml"));
    };
    Ok((path.clone(), AllowedSigners::read(path)?))
}

fn approve(app: &App<'_>, database: &Database, file: &Path, saved: &SavedPlan) -> Result<()> {
    if database.policy.approvals == 0 {
        return Ok(());
    }
    let (path, allowed) = allowed_signers(database)?;
    let signatures = approval::signatures(file, saved, Some(&allowed))?;
    let path = PathBuf::from(crate::config::shown(&path, &app.start));
    approval::demand(database.policy.approvals, &signatures, file, &path)
}

/// Best effort: the refusal stands whether or not it can be written down.
fn journal(app: &App<'_>, database: &Database, error: &Error) {
    if !matches!(error.kind(), ErrorKind::Plan | ErrorKind::Approval | ErrorKind::Seal) {
        return;
    }
    if let Ok(mut session) = app.connect(database, Missing::Refuse, &|_| {}) {
        session.connected.record_refusal(error);
    }
}
