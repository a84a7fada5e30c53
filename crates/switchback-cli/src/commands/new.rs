//! `new`: the next migration, as files to be filled.

use crate::answer::Answer;
use crate::app::App;
use crate::commands::scratch::Engine;
use crate::config::shown;
use crate::package;
use crate::scaffold::{self, Content, Scaffold};
use serde::Serialize;
use std::fs;
use std::path::Path;
use switchback::{Error, ErrorKind, Result};

/// Create the next migration
///
/// A folder V<number>__<name> with an up and a down to be filled, for the engines that the set has; in a flat
/// directory of refinery's a pair of files. With --rust a migration.rs, and, where the package has none, the build.rs
/// that recompiles it when a migration is added.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback new add_tags --database journal
  switchback new \"split full name\" --rust --database journal
  switchback new email_index --operations --database journal
  switchback new add_tags --migrations migrations/journal --engine sqlite --engine postgres")]
pub struct Args {
    /// What it does; blanks and hyphens become underscores
    #[arg(value_name = "NAME")]
    name: String,

    /// In SQL; the default
    #[arg(long, conflicts_with = "rust")]
    sql: bool,

    /// In Rust
    #[arg(long)]
    rust: bool,

    /// As operations in a migration.toml, which `seal` compiles into SQL
    #[arg(long, conflicts_with_all = ["sql", "rust", "engine"])]
    operations: bool,

    /// Files of its own for this engine; may be repeated [default: as the set has it]
    #[arg(long, value_enum, value_name = "ENGINE", conflicts_with = "rust")]
    engine: Vec<Engine>,
}

#[derive(Serialize)]
struct Created<'a> {
    database: &'a str,
    version: i64,
    name: &'a str,
    files: Vec<String>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let database = app.one("`new` is about one database")?;
    let Some(dir) = &database.directory else {
        return Err(Error::new(
            ErrorKind::Config,
            format!("the directory of database {} is not known", database.name),
        )
        .hint(format!(
            "write migrations = \"…\" in [database.{}], or give --migrations DIR",
            database.name
        )));
    };
    let name = scaffold::name(&args.name)?;
    let dir = app.start.join(dir);
    let content = match (args.rust, args.operations) {
        (true, _) => Content::Rust,
        (false, true) => Content::Operations,
        (false, false) => Content::Sql(engines(&args.engine)),
    };
    let Scaffold { version, files } = scaffold::next(&scaffold::list(&dir)?, &name, &content)?;
    let mut written = Vec::new();
    for (path, text) in &files {
        let path = dir.join(path);
        create(&path, text)?;
        written.push(shown(&path, &app.start));
    }
    if let Some(build) = package::watch(&dir, args.rust)? {
        match build {
            package::Watch::Written(path) => written.push(shown(&path, &app.start)),
            package::Watch::Missing { file, line } => crate::output::stderr(&format!(
                "warning: {} does not watch this directory, so a migration that is added is not compiled in: add\n    {line}\n",
                shown(&file, &app.start)
            )),
        }
    }
    for file in &written {
        app.text(&format!("created {file}\n"));
    }
    let mut answer = Answer::new("databases");
    answer.add(&Created { database: &database.name, version, name: &name, files: written });
    Ok(answer)
}

fn engines(wanted: &[Engine]) -> Vec<switchback::Dialect> {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    wanted.into_iter().map(Engine::dialect).collect()
}

fn create(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Never over a file that is there.
        fs::File::create_new(path)?.write_all(text.as_bytes())
    };
    write().map_err(|e| Error::new(ErrorKind::Io, format!("{} cannot be created: {e}", path.display())))
}
