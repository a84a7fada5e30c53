//! Plans in files: `plan --out`, `plan sign`, `plan verify`, `plan digest`.

use crate::answer::Answer;
use crate::app::{self, App};
use crate::approval::{self, AllowedSigners, How, Signature};
use crate::databases::Database;
use crate::guard;
use crate::render::plan as render;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use switchback::plan::rehearsal::Rehearsal;
use switchback::plan::saved::{Action, SavedPlan};
use switchback::{Direction, Error, ErrorKind, PlanRequest, Result, Target};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How long a saved plan holds where nothing else is said.
const EXPIRES: Duration = Duration::from_secs(24 * 3600);

/// By how many percent rows may move where nothing else is said.
pub const ROWS: u32 = 10;

/// What is to be saved.
pub struct Save<'a> {
    /// The command that it is for.
    pub action: Action,
    /// How far `up` or `down` goes.
    pub target: Target,
    /// The arguments of another command, for that database.
    pub arguments: &'a dyn Fn(&Database) -> Result<Vec<String>>,
    /// The backup that another command names to go back to.
    pub backup: Option<PathBuf>,
    /// `--expires`.
    pub expires: Option<Duration>,
    /// `--rows`.
    pub rows: Option<u32>,
    /// `--sql`.
    pub sql: bool,
    /// `--rehearsal`.
    pub rehearsal: Option<&'a Rehearsal>,
    /// The file.
    pub out: &'a Path,
}

/// Saves the plan of one database.
pub fn save(app: &App<'_>, save: &Save<'_>) -> Result<Answer> {
    let database = app.one("a saved plan is about one database")?;
    let request = PlanRequest {
        action: save.action,
        target: save.target,
        arguments: guard::arguments(app, &(save.arguments)(&database)?),
        expires: save.expires.or(database.policy.plan_expires).unwrap_or(EXPIRES),
        rows_percent: save.rows.or(database.policy.plan_rows).unwrap_or(ROWS),
    };
    let mut answer = Answer::new("plans");
    let made = app.connect_read_only(&database).and_then(|mut session| {
        match save.action {
            // What it shows is what `plan` shows; so is what it refuses.
            Action::Up | Action::Down => {
                let direction = if save.action == Action::Up { Direction::Up } else { Direction::Down };
                let plan = session.connected.plan(direction, save.target)?;
                if save.sql {
                    app.text(&render::sql(&plan));
                } else {
                    app.text(&render::planned(app.paint, &plan, &session.place));
                }
            }
            _ => app.heading(&session, "plan"),
        }
        session.connected.save_plan(&request)
    });
    let saved = match made {
        Ok(saved) => saved,
        Err(error) if guard::is_unreadable(save.action, &error) => {
            let engine = database.url.as_deref().map_or("", |url| app::engine(url).as_str());
            app.text(&format!(
                "  the database cannot be read, so only its place is known: {}\n",
                error.message()
            ));
            request.blind(&database.name, engine, &guard::place(&database), &app.options(&database))
        }
        Err(error) => {
            answer.fail(&database.name, error);
            return Ok(answer);
        }
    };
    let saved = match save.rehearsal.map(|rehearsal| rehearsal.expected(&saved)) {
        Some(Ok(expected)) => SavedPlan { expected: Some(expected), ..saved }.sealed(),
        Some(Err(error)) => {
            answer.fail(&database.name, error);
            return Ok(answer);
        }
        None => saved,
    };
    let saved = match &save.backup {
        Some(backup) => switchback::pin_backup(saved, backup)?,
        None => saved,
    };
    let document = saved.render()?;
    // Its texts are redacted before the digest is made; what is written is what was signed.
    std::fs::write(save.out, &document).map_err(|e| {
        Error::new(ErrorKind::Io, format!("the plan cannot be written to {}: {e}", save.out.display()))
    })?;
    if !save.sql {
        app.text(&render::saved(app.paint, &saved, save.out));
    }
    Ok(answer.whole(document))
}

/// `plan sign`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A key with a passphrase asks for it, or takes it from SWITCHBACK_SSH_PASSPHRASE. Plain OpenSSH verifies the same file:
  switchback plan digest plan.json | ssh-keygen -Y verify -f allowed_signers -I ada@example.com \\
      -n switchback-plan -s plan.json.0123456789abcdef.sig

Examples:
  switchback plan sign plan.json --key ~/.ssh/id_ed25519
  switchback plan sign plan.json --key ~/.ssh/id_ed25519.pub")]
pub struct SignArgs {
    /// The plan
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// A private key, or a .pub of one that the agent holds
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// Sign through the agent (SSH_AUTH_SOCK)
    #[arg(long)]
    agent: bool,
}

#[derive(Serialize)]
struct Signed<'a> {
    plan: String,
    digest: &'a str,
    file: String,
    fingerprint: String,
}

/// Signs.
pub fn sign(app: &App<'_>, args: &SignArgs) -> Result<Answer> {
    let saved = guard::read(&args.file)?;
    let (file, fingerprint) =
        approval::sign(&args.file, &saved, &How { key: args.key.clone(), agent: args.agent })?;
    app.text(&format!("  {} signed by {fingerprint}: {}\n", saved.digest, file.display()));
    let mut answer = Answer::new("signatures");
    answer.add(&Signed {
        plan: args.file.display().to_string(),
        digest: &saved.digest,
        file: file.display().to_string(),
        fingerprint,
    });
    Ok(answer)
}

/// `plan verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
1 when the plan was edited or expired, or has fewer approvals than its database asks for. It does not look at the database:
`up --plan` does.

Examples:
  switchback plan verify plan.json --env production
  switchback plan verify plan.json --allowed-signers ops/allowed_signers")]
pub struct VerifyArgs {
    /// The plan
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Whose signatures count [default: allowed_signers in switchback.toml]
    #[arg(long, value_name = "FILE")]
    allowed_signers: Option<PathBuf>,
}

#[derive(Serialize)]
struct Verified<'a> {
    plan: String,
    digest: &'a str,
    action: &'static str,
    database: &'a str,
    created_at: &'a str,
    expires_at: &'a str,
    expired: bool,
    approvals: usize,
    needed: u32,
    signatures: &'a [Signature],
}

/// Shows who signed.
pub fn verify(app: &App<'_>, args: &VerifyArgs) -> Result<Answer> {
    let saved = guard::read(&args.file)?;
    // Without a configuration nobody is known, unless the option says who.
    let database = app.databases().ok().and_then(|all| all.into_iter().find(|d| d.name == saved.database));
    let policy = database.map(|d| d.policy).unwrap_or_default();
    let path = args.allowed_signers.clone().or(policy.allowed_signers);
    let allowed = path.as_deref().map(AllowedSigners::read).transpose()?;
    let signatures = approval::signatures(&args.file, &saved, allowed.as_ref())?;
    let approvals = approval::people(&signatures);
    let expired = is_expired(&saved);
    app.text(&render::verified(app.paint, &saved, &signatures, (approvals, policy.approvals), expired));
    let mut answer = Answer::new("plans");
    answer.add(&Verified {
        plan: args.file.display().to_string(),
        digest: &saved.digest,
        action: saved.action.as_str(),
        database: &saved.database,
        created_at: &saved.created_at,
        expires_at: &saved.expires_at,
        expired,
        approvals,
        needed: policy.approvals,
        signatures: &signatures,
    });
    let by =
        path.map_or_else(|| "allowed_signers".to_owned(), |path| crate::config::shown(&path, &app.start));
    if let Err(error) = approval::demand(policy.approvals, &signatures, &args.file, Path::new(&by)) {
        answer.fail(&saved.database, error);
    } else if expired {
        let message = format!("the plan of {} expired at {}", saved.created_at, saved.expires_at);
        let error = Error::new(ErrorKind::Plan, message)
            .hint("make a new plan with `plan --out FILE`, and have it signed");
        answer.fail(&saved.database, error);
    }
    Ok(answer)
}

fn is_expired(saved: &SavedPlan) -> bool {
    OffsetDateTime::parse(&saved.expires_at, &Rfc3339).is_ok_and(|at| at < OffsetDateTime::now_utc())
}

/// `plan digest`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchback plan digest plan.json | ssh-keygen -Y sign -n switchback-plan -f ~/.ssh/id_ed25519 > plan.json.ada.sig")]
pub struct DigestArgs {
    /// The plan
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Digest<'a> {
    plan: String,
    digest: &'a str,
}

/// Prints the text that is signed.
pub fn digest(app: &App<'_>, args: &DigestArgs) -> Result<Answer> {
    let saved = guard::read(&args.file)?;
    app.text(&saved.signed_text());
    let mut answer = Answer::new("plans");
    answer.add(&Digest { plan: args.file.display().to_string(), digest: &saved.digest });
    Ok(answer)
}
