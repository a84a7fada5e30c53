//! `import`: another tool's folder, and its history.

use crate::answer::Answer;
use crate::app::{self, App, Missing};
use crate::commands::scratch::Engine;
use crate::config;
use crate::databases::{self, Database};
use crate::render::text::plural;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::Serialize;
use std::path::{Path, PathBuf};
use switchback::import::{self, ImportReport};
use switchback::plan::import::{Tool, adopt};
use switchback::{Dialect, Error, ErrorKind, Result, Source};

/// Copy another tool's folder into our layout, and adopt its history
///
/// The other tool's files stay as they are. Statements are copied as they are; what had to be changed is listed. With
/// --adopt, what the other tool's history table says is applied is recorded as applied here, without running it; its
/// table stays as it is. The same command can be repeated with every database that is to be adopted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback import diesel old/migrations --into migrations/app
  switchback import sqlx old/migrations --into migrations/app --engine postgres
  switchback import goose old/migrations --into migrations/app --adopt --url postgres://app@db1/app")]
pub struct Args {
    /// The tool
    #[arg(value_enum, value_name = "TOOL")]
    tool: ToolName,

    /// Its folder of migrations
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// Where our folder is written [default: the directory of the database]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,

    /// Name the SQL files after this engine [default: one text for both]
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Option<Engine>,

    /// Record what the tool's history says is applied
    #[arg(long)]
    adopt: bool,

    /// The tool's history table, where it is not called as usual
    #[arg(long, value_name = "TABLE", requires = "adopt")]
    table: Option<String>,
}

/// A tool, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ToolName(Tool);

impl ValueEnum for ToolName {
    fn value_variants<'a>() -> &'a [ToolName] {
        &[
            ToolName(Tool::Diesel),
            ToolName(Tool::Sqlx),
            ToolName(Tool::GolangMigrate),
            ToolName(Tool::Goose),
            ToolName(Tool::Dbmate),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.as_str()))
    }
}

#[derive(Serialize)]
struct Imported<'a> {
    database: &'a str,
    #[serde(flatten)]
    report: &'a ImportReport,
    /// The versions that were recorded as applied; `null` without `--adopt`.
    adopted: Option<Vec<i64>>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let database = database(app, args)?;
    let Some(into) = args.into.clone().or_else(|| database.directory.clone()) else {
        return Err(
            Error::new(ErrorKind::Config, "nothing says where the result goes").hint("give --into DIR")
        );
    };
    let tool = args.tool.0;
    let report = import::import(tool, &args.dir, &into, args.engine.map(Engine::dialect))?;
    app.text(&text(&report, &app.start));
    let mut answer = Answer::new("databases");
    let adopted = if args.adopt {
        match take_over(
            app,
            args,
            &Database { source: Ok(Source::Directory(into)), ..database.clone() },
            &report,
        ) {
            Ok(versions) => Some(versions),
            Err(error) => {
                answer.fail(&database.name, error);
                None
            }
        }
    } else {
        None
    };
    answer.add(&Imported { database: &database.name, report: &report, adopted });
    Ok(answer)
}

/// The database of the options; `--into` names a directory as well as `--migrations` does.
fn database(app: &App<'_>, args: &Args) -> Result<Database> {
    match &args.into {
        Some(into) if app.global.database.is_none() && app.global.migrations.is_none() => {
            databases::by_directory(app.global, into, &App::env, &app.start)
        }
        Some(_) | None => app.one("`import` is about one database"),
    }
}

/// Records what the other tool's history says is applied.
fn take_over(app: &App<'_>, args: &Args, database: &Database, report: &ImportReport) -> Result<Vec<i64>> {
    let tool = args.tool.0;
    if database.policy.protected {
        return Err(Error::new(
            ErrorKind::Refused,
            "the database is protected, and no plan can be made for --adopt",
        )
        .hint("import without --adopt, then record what is applied with `baseline V` and a plan for it"));
    }
    let dialect = match &database.url {
        Ok(url) => app::engine(url),
        Err(_) => Dialect::Sqlite,
    };
    let mut session = app.connect(database, Missing::Refuse, &|_| {})?;
    let history = session.connected.transaction(|context| {
        import::foreign_history(tool, dialect, args.table.as_deref(), |sql| context.query(sql, &[]))
    })?;
    let versions = adopt(tool, &report.conversion.migrations, &history)?;
    app.heading(&session, "adopt");
    match versions.last() {
        Some(newest) => {
            app.carry_out(&mut session, |connected| connected.baseline(*newest))?;
            app.text(&format!(
                "  {} recorded as applied, up to {newest}\n",
                plural(versions.len(), "migration")
            ));
        }
        None => app.text(&format!("  the history of {tool} is empty: nothing to record\n")),
    }
    Ok(versions)
}

fn text(report: &ImportReport, start: &Path) -> String {
    let into = config::shown(&report.into, start);
    let number = plural(report.migrations.len(), "migration");
    let mut out = if report.written {
        format!("{into}: {number} of {} imported\n", report.tool)
    } else {
        format!("{into}: holds these {number} of {} already\n", report.tool)
    };
    for migration in &report.migrations {
        out += &format!("  {} {}  from {}\n", migration.version, migration.name, migration.source);
        for note in &migration.notes {
            out += &format!("    {note}\n");
        }
    }
    for ignored in &report.ignored {
        out += &format!("  left out: {} ({})\n", ignored.path, ignored.why);
    }
    out
}
