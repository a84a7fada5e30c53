//! `run-book`: a checklist for the night, made of a plan.

use crate::answer::Answer;
use crate::app::{self, App};
use crate::commands::plan::saved;
use crate::commands::{self, rehearse};
use crate::databases::Database;
use crate::guard;
use crate::output::redact;
use crate::render::run_book::{About, RunBook, markdown};
use crate::render::text::seconds;
use serde::Serialize;
use std::path::{Path, PathBuf};
use switchback::plan::lock::{self, LockFile};
use switchback::plan::operation::Operation;
use switchback::plan::rehearsal::Expected;
use switchback::plan::saved::{Action, SavedMigration, SavedPlan};
use switchback::plan::shell::word;
use switchback::plan::{Migration, MigrationSet, WayDown};
use switchback::rollback::Criterion;
use switchback::{Dialect, Error, ErrorKind, Location, Migrator, PlanRequest, Result, Target};

/// Write a checklist in Markdown for a run: preparation, commands, checks, the way back, and the watch
///
/// Of a saved plan, or of what `plan` would plan now. It has the commands with their arguments, what a rehearsal says of how long
/// it takes, what is checked, when to go back and by which way, what there is to know, and lines to sign. Reads only.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback run-book --env production --database journal --plan plan.json --out run-book.md
  switchback run-book --database journal --rehearsal rehearsal.json")]
pub struct Args {
    /// Of this saved plan (`plan --out FILE`)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "steps", "rehearsal"])]
    plan: Option<PathBuf>,

    /// Up to and including this version
    #[arg(long, value_name = "V", conflicts_with = "steps")]
    to: Option<i64>,

    /// This many migrations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,

    /// Take how long it may take from this report (`rehearse --out FILE`)
    #[arg(long, value_name = "FILE")]
    rehearsal: Option<PathBuf>,

    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Written<'a> {
    database: &'a str,
    engine: &'a str,
    plan: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a Expected>,
    markdown: &'a str,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let database = app.one("a run-book is about one database")?;
    let plan = match &args.plan {
        Some(file) => of_file(file, &database)?,
        None => made_now(app, args, &database)?,
    };
    if plan.plans.iter().all(|run| run.migrations.is_empty()) {
        return Err(Error::new(ErrorKind::Refused, "nothing is pending, so there is nothing to run")
            .hint("`status` shows what is applied"));
    }
    let book = book(app, args, &database, plan)?;
    let text = redact(&markdown(&book));
    match &args.out {
        Some(out) => {
            std::fs::write(out, &text).map_err(|e| {
                Error::new(ErrorKind::Io, format!("the run-book cannot be written to {}: {e}", out.display()))
                    .hint("name a file in a folder that can be written with --out")
            })?;
            app.text(&format!("run-book of {} written to {}\n", database.name, out.display()));
        }
        None => app.text(&text),
    }
    let mut answer = Answer::new("run_books");
    answer.add(&Written {
        database: &book.plan.database,
        engine: &book.plan.engine,
        plan: book.to_make.is_none().then_some(book.plan.digest.as_str()),
        expected: book.plan.expected.as_ref(),
        markdown: &text,
    });
    Ok(answer)
}

fn of_file(file: &Path, database: &Database) -> Result<SavedPlan> {
    let plan = guard::read(file)?;
    let refuse = |what: String| {
        Err(Error::new(ErrorKind::Plan, what)
            .at(Location::file(file.display().to_string()))
            .hint("give a plan for `up` of this database (`plan --out FILE`)"))
    };
    if plan.action != Action::Up {
        return refuse(format!("the plan is one for `{}`, and a run-book is for `up`", plan.action.as_str()));
    }
    if plan.database != database.name {
        return refuse(format!(
            "the plan is one for the database {}, not for {}",
            plan.database, database.name
        ));
    }
    Ok(plan)
}

fn made_now(app: &App<'_>, args: &Args, database: &Database) -> Result<SavedPlan> {
    let rehearsal = args.rehearsal.as_deref().map(rehearse::read).transpose()?;
    let target = commands::target(args.to, args.steps, Target::Latest);
    let rows_percent = database.policy.plan_rows.unwrap_or(saved::ROWS);
    let request =
        PlanRequest { rows_percent, arguments: guard::arguments(app, &[]), ..PlanRequest::up(target) };
    let plan = app.connect_read_only(database)?.connected.save_plan(&request)?;
    let expected = rehearsal.map(|rehearsal| rehearsal.expected(&plan)).transpose()?;
    Ok(SavedPlan { expected, ..plan })
}

fn book(app: &App<'_>, args: &Args, database: &Database, plan: SavedPlan) -> Result<RunBook> {
    let url = database.url.clone()?;
    let dialect = app::engine(&url);
    let local = Migrator::new(database.source.clone()?).options(app.options(database)).read(dialect)?;
    let lock = local.lock.as_deref().map(|text| LockFile::parse(lock::FILE, text)).transpose()?;
    let run = plan.plans.first();
    let migrations = run.map(|run| &run.migrations[..]).unwrap_or_default();
    let migrations =
        migrations.iter().map(|m| about(m, &local, lock.as_ref(), dialect)).collect::<Result<Vec<_>>>()?;
    let options = options(app, database);
    let arguments = arguments(&plan);
    let file =
        args.plan.as_ref().map_or_else(|| "plan.json".to_owned(), |file| word(&file.display().to_string()));
    let to_make = args.plan.is_none().then(|| {
        let mut command = format!("{} plan{options}{arguments}", app.program);
        let mut add = |name: &str, value: Option<String>| {
            command.push_str(&value.map(|value| format!(" {name} {value}")).unwrap_or_default());
        };
        add("--to", args.to.map(|v| v.to_string()));
        add("--steps", args.steps.map(|n| n.to_string()));
        // The item before it says how that file comes about.
        let rehearsal = args.rehearsal.as_deref().unwrap_or_else(|| Path::new("rehearsal.json"));
        add("--rehearsal", Some(word(&rehearsal.display().to_string())));
        add("--out", Some(file.clone()));
        command
    });
    let hooks = &database.hooks;
    let declared = [("before", &hooks.before), ("after", &hooks.after), ("on_failure", &hooks.on_failure)];
    Ok(RunBook {
        program: app.program.to_owned(),
        options,
        arguments,
        place: app::place(&url, &app.start),
        env: database.env.clone(),
        file,
        to_make,
        plan,
        protected: database.policy.protected,
        approvals: database.policy.approvals,
        backup: database.backup_when(dialect),
        hooks: declared.iter().filter(|(_, hook)| hook.is_some()).map(|(name, _)| *name).collect(),
        criteria: criteria(database),
        migrations,
    })
}

/// What takes the run back by itself, and what stops it.
fn criteria(database: &Database) -> Vec<String> {
    let most = database.max_duration.map(|most| seconds(most.as_secs_f64()));
    let mut out: Vec<String> = Vec::new();
    for criterion in &database.way_back {
        out.push(match criterion {
            Criterion::Check => "a check returns rows or cannot run: taken back".to_owned(),
            Criterion::Loss => "a migration would take away what it does not declare: taken back".to_owned(),
            Criterion::Slowdown => "a benchmark takes longer than it may: taken back".to_owned(),
            Criterion::Duration => match &most {
                Some(most) => format!("the run takes longer than {most}: stopped and taken back"),
                None => "the run takes too long: but no `max_duration` says how long it may".to_owned(),
            },
        });
    }
    if let Some(most) = most.filter(|_| !database.way_back.contains(&Criterion::Duration)) {
        out.push(format!("the run takes longer than {most}: stopped, and left to people"));
    }
    out
}

/// What names this database and this environment in every command.
fn options(app: &App<'_>, database: &Database) -> String {
    let global = app.global;
    let mut out = String::new();
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            out.push_str(&format!(" {name} {}", word(value)));
        }
    };
    add("--env", global.env.as_deref());
    let migrations = global.migrations.as_ref().map(|dir| dir.display().to_string());
    add("--database", Some(database.name.as_str()).filter(|_| migrations.is_none()));
    // A password in it is not written down: whoever runs it has it in the environment.
    let url = global.url.as_deref().map(redact);
    add("--url", url.as_deref());
    add("--migrations", migrations.as_deref());
    add("--schema", global.schema.as_deref());
    out
}

/// The arguments that a plan was made for; an option with its value is one text there.
fn arguments(plan: &SavedPlan) -> String {
    let words = plan.arguments.iter().map(|argument| match argument.strip_prefix("--set ") {
        Some(pair) => format!(" --set {}", word(pair)),
        None => format!(" {}", word(argument)),
    });
    words.collect()
}

/// What the files say of a migration of the plan, as long as they are those of the plan.
fn about(
    planned: &SavedMigration,
    local: &MigrationSet,
    lock: Option<&LockFile>,
    dialect: Dialect,
) -> Result<About> {
    let Some(m) = local.get(planned.version).filter(|m| m.up.sha256() == planned.sha256) else {
        let label = format!("V{}__{}", planned.version, planned.name);
        return Err(Error::new(ErrorKind::Plan, format!("the files of {label} are not those of the plan"))
            .hint("make a new plan with `plan --out FILE`, or take the files that it was made of"));
    };
    let sealed = lock.and_then(|lock| lock.migrations.iter().find(|of| of.version == m.version));
    let irreversible = match &m.down {
        WayDown::Irreversible { reason } => Some(reason.clone()),
        WayDown::Missing => Some("it has no way down".to_owned()),
        WayDown::Body(_) => None,
    };
    Ok(About {
        version: m.version,
        name: m.name.clone(),
        description: m.settings.description.clone(),
        steps: planned.steps.iter().map(|s| format!("{} ({})", s.name, s.mode)).collect(),
        verdict: sealed
            .and_then(|of| of.on(dialect))
            .map_or_else(|| "not sealed".to_owned(), |of| of.verdict.clone()),
        irreversible,
        checks: checks(m),
        benchmarks: m.settings.benchmarks.iter().map(|b| (b.name.clone(), b.max_slowdown)).collect(),
        notices: notices(m, planned),
    })
}

fn checks(m: &Migration) -> Vec<String> {
    let Some(script) = &m.checks else { return Vec::new() };
    let statements = script.steps.iter().flat_map(|step| &step.statements);
    statements.map(|s| short(&script.text[s.span.clone()])).collect()
}

/// Enough of a query to know it by.
fn short(sql: &str) -> String {
    let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &flat[..end]),
        None => flat,
    }
}

/// What a person should know before it runs.
fn notices(m: &Migration, planned: &SavedMigration) -> Vec<String> {
    let mut out = Vec::new();
    if !m.settings.lossy.is_empty() {
        out.push(format!("declares as lost: {}", m.settings.lossy.join(", ")));
    }
    if let Some(why) = &m.settings.allow_unproven {
        out.push(format!("passes unproven: {why}"));
    }
    for step in &planned.steps {
        match step.mode.as_str() {
            "no-transaction" => out.push(format!(
                "step {} runs outside a transaction: when it is killed in the middle, `repair --retry-step` or `repair --step-done` says what became of it",
                step.name
            )),
            "batch" => out.push(format!("step {} commits batch by batch: the same command goes on where it was stopped", step.name)),
            "rust" => out.push("is written in Rust: only the program that has it compiled in can run it".to_owned()),
            _ => {}
        }
    }
    if m.settings.operations.iter().any(|d| matches!(d.operation, Operation::ConvertKey(_))) {
        out.push(
            "converts keys to native UUIDs: an application that binds them as text moves in lockstep with it"
                .to_owned(),
        );
    }
    out
}
