//! `new`: the next migration, as files to be filled.

use crate::answer::Answer;
use crate::app::{self, App};
use crate::commands::scratch::Engine;
use crate::config::shown;
use crate::databases::Database;
use crate::package;
use crate::scaffold::{self, Content, Scaffold};
use serde::Serialize;
use std::fs;
use std::path::Path;
use switchback::plan::operation::convert_key::{self, KeyColumn};
use switchback::seal::{self, SealOptions};
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
  switchback new --convert-key users.id --convert-key tags.id --database journal
  switchback new native_keys --convert-all-keys --database journal
  switchback new add_tags --migrations migrations/journal --engine sqlite --engine postgres")]
pub struct Args {
    /// What it does; blanks and hyphens become underscores
    #[arg(value_name = "NAME", required_unless_present_any = ["convert_key", "convert_all_keys"])]
    name: Option<String>,

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

    /// Convert this key to a native UUID, with everything that refers to it; may be repeated
    ///
    /// Writes the operation with the list of all columns that foreign keys tie to the keys, as the migrations so far
    /// leave them.
    #[arg(long, value_name = "TABLE.COLUMN", conflicts_with_all = ["sql", "rust", "operations", "engine"])]
    convert_key: Vec<String>,

    /// Convert every primary key that holds UUIDs in text: char(36), varchar(36), and text that is named like one
    #[arg(long, conflicts_with_all = ["sql", "rust", "operations", "engine", "convert_key"])]
    convert_all_keys: bool,

    /// Make PostgreSQL's throwaway database on this server instead of starting one
    #[arg(long, value_name = "URL")]
    scratch_url: Option<String>,
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
    let name = scaffold::name(args.name.as_deref().unwrap_or("native_uuid_keys"))?;
    let dir = app.start.join(dir);
    let content = match (args.rust, args.operations) {
        _ if args.convert_all_keys || !args.convert_key.is_empty() => {
            Content::Declared(conversion(app, &database, args)?)
        }
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

/// The text of a migration that converts keys, as the migrations so far leave them.
fn conversion(app: &App<'_>, database: &Database, args: &Args) -> Result<String> {
    let options = SealOptions {
        hint: database.url.as_ref().ok().map(|url| app::engine(url)),
        scratch: app.scratch_options(args.scratch_url.clone())?,
        run: app.options(database),
        ..SealOptions::default()
    };
    let source = app.on_disk(database)?;
    let schema = app.interrupt.patiently(|| seal::schema(&source, &options))?;
    let keys = match args.convert_all_keys {
        true => convert_key::candidates(&schema),
        false => args.convert_key.iter().map(|k| KeyColumn::resolve(k, &schema)).collect::<Result<_>>()?,
    };
    if keys.is_empty() {
        return Err(Error::new(ErrorKind::Refused, "no key of these migrations looks like a UUID in text")
            .hint("name the keys: --convert-key users.id"));
    }
    convert_key::declaration(&schema, &keys)
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
