//! `seal`: compiles what is declared, proves every way down, and writes it down.

use crate::answer::Answer;
use crate::app::{self, App};
use crate::commands::scratch::Engine;
use crate::databases::Database;
use crate::render::seal as text;
use crate::whole_file;
use serde::Serialize;
use switchback::plan::lock::SealProblem;
use switchback::seal::{self, SealOptions, Sealing};
use switchback::{Error, ErrorKind, Result};

/// Compile the operations of migration.toml, prove every way down, and write switchback.lock
///
/// All of it on throwaway databases of every engine that the files are for. What is sealed already and unchanged stays
/// as it is; from the first change on everything is proven anew. Nothing is written unless every way down passes:
/// exact, or with exactly the loss that migration.toml declares. Commit what it writes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --check: 1 when something is not sealed as it is, else 0. It compares the digests of all files with the lock file,
then replays the migrations and compares the schema after each; it writes nothing.

Examples:
  switchback seal
  switchback seal --database journal --engine sqlite
  switchback seal --check --format json")]
pub struct Args {
    /// Write nothing; fail when something is stale, unproven, or edited after sealing
    #[arg(long)]
    check: bool,

    /// Only this engine [default: those that were sealed before; at first those that the files are for]
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Option<Engine>,

    /// Make PostgreSQL's throwaway databases on this server instead of starting one
    #[arg(long, value_name = "URL")]
    scratch_url: Option<String>,
}

/// What `seal` did with one database's migrations.
#[derive(Serialize)]
struct Sealed<'a> {
    database: &'a str,
    engines: Vec<&'static str>,
    /// How many migrations were sealed as they are.
    kept: usize,
    /// What was written.
    files: Vec<&'a str>,
    /// What was proven.
    proofs: &'a [switchback::prove::ProofReport],
    notices: &'a [String],
}

/// What `seal --check` found.
#[derive(Serialize)]
struct Checked<'a> {
    database: &'a str,
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    kind: &'static str,
    version: i64,
    name: &'a str,
    what: &'a str,
    sealed: Option<&'a str>,
    found: Option<&'a str>,
    message: String,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let mut answer = Answer::new("databases");
    for database in app.databases()? {
        let done = app.interrupt.patiently(|| {
            let options = SealOptions {
                engines: args.engine.map(|engine| vec![engine.dialect()]),
                hint: database.url.as_ref().ok().map(|url| app::engine(url)),
                scratch: app.scratch_options(args.scratch_url.clone())?,
                run: app.options(&database),
                at: None,
            };
            match args.check {
                true => check(app, &database, &options, &mut answer),
                false => write(app, &database, &options, &mut answer),
            }
        });
        if let Err(error) = done {
            answer.fail(&database.name, error);
        }
    }
    Ok(answer)
}

fn check(app: &App<'_>, database: &Database, options: &SealOptions, answer: &mut Answer) -> Result<()> {
    let problems = seal::check(&app.on_disk(database)?, options)?;
    app.text(&text::check(app.paint, &database.name, &problems));
    answer.add(&Checked { database: &database.name, problems: problems.iter().map(problem).collect() });
    match problems.len() {
        0 => Ok(()),
        n => Err(Error::new(
            ErrorKind::Seal,
            format!("{n} {} not sealed as it is", if n == 1 { "thing is" } else { "things are" }),
        )
        .hint("run `seal`, look at what it writes, and commit it")),
    }
}

fn problem(p: &SealProblem) -> Problem<'_> {
    Problem {
        kind: p.fault.as_str(),
        version: p.version,
        name: &p.name,
        what: &p.what,
        sealed: p.sealed.as_deref(),
        found: p.found.as_deref(),
        message: p.message(),
    }
}

fn write(app: &App<'_>, database: &Database, options: &SealOptions, answer: &mut Answer) -> Result<()> {
    let Some(directory) = &database.directory else {
        return Err(Error::new(ErrorKind::Config, "no directory is known to write the seal into")
            .hint("name it in switchback.toml, or with --migrations DIR"));
    };
    let sealing = seal::seal(&app.on_disk(database)?, options)?;
    app.text(&text::sealing(app.paint, &database.name, &sealing));
    let passed = sealing.failures().next().is_none();
    let written: &[(String, String)] = if passed { &sealing.files } else { &[] };
    for (path, text) in written {
        whole_file::write(&directory.join(path), text)?;
    }
    answer.add(&Sealed {
        database: &database.name,
        engines: sealing.engines.iter().map(|e| e.as_str()).collect(),
        kept: sealing.kept,
        files: written.iter().map(|(path, _)| path.as_str()).collect(),
        proofs: &sealing.proofs,
        notices: &sealing.notices,
    });
    if passed { Ok(()) } else { Err(unproven(&sealing)) }
}

fn unproven(sealing: &Sealing) -> Error {
    let n = sealing.failures().count();
    Error::new(
        ErrorKind::Seal,
        format!("{n} {} not pass, so nothing was written", if n == 1 { "migration does" } else { "migrations do" }),
    )
    .hint("mend what is shown above and seal again; a loss that is meant is declared with `lossy`, and what cannot be proven with `allow_unproven`, in migration.toml")
}
