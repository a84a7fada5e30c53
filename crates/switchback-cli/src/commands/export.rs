//! `export`: tables for people and their tools.

use crate::answer::Answer;
use crate::app::App;
use crate::args::Format;
use crate::output;
use crate::render::text;
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use switchback::export::{self, Form};
use switchback::{Connected, Error, ErrorKind, Result, Sensitive};

/// Write tables as JSON lines or CSV
///
/// JSON lines unless --format csv is given. One table goes to stdout; with --out each goes into a file of its own. All of
/// them are of one moment. This is for people, spreadsheets and scripts: it holds no schema, and nothing reads it back
/// (`backup` is for that). Bytes are written as \x00ff. In CSV NULL is nothing and an empty text is "". Values of
/// columns that switchback.toml declares `sensitive` are written as ***.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback export users --format csv --database journal > users.csv
  switchback export --format jsonl --out export/ --database journal")]
pub struct Args {
    /// The tables, in another schema than the current one with it before: audit.events [default with --out: all]
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,

    /// A folder: a file for each table, TABLE.jsonl or TABLE.csv; what is there is not written over
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Write the values of sensitive columns too
    #[arg(long)]
    with_sensitive: bool,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let form = if app.global.format == Format::Csv { Form::Csv } else { Form::Jsonl };
    let database = app.one("an export is about one database")?;
    let mut session = app.connect_read_only(&database)?;
    if args.out.is_none() && args.tables.len() != 1 {
        return Err(Error::new(ErrorKind::Refused, "stdout takes one table")
            .hint("name one table, or a folder with --out for several"));
    }
    let hidden = if args.with_sensitive { Sensitive::default() } else { database.sensitive.clone() };
    app.carry_out(&mut session, |connected| {
        export::of_one_moment(connected, |connected| match &args.out {
            None => args.tables.iter().try_for_each(|table| {
                let mut out = BufWriter::new(output::Rows::default());
                let written = export::table(connected, table, form, &hidden, &mut out)
                    .and_then(|_| out.flush().map_err(|e| unwritten(Path::new("stdout"), &e)));
                // A reader that goes away (`export … | head`) ends the output, and is no failure.
                if out.get_ref().is_closed() { Ok(()) } else { written }
            }),
            Some(dir) => into(connected, &args.tables, form, &hidden, dir),
        })
    })?;
    Ok(Answer::silent(0))
}

fn into(
    connected: &mut Connected,
    tables: &[String],
    form: Form,
    hidden: &Sensitive,
    dir: &Path,
) -> Result<()> {
    fs::create_dir_all(dir).map_err(|e| unwritten(dir, &e))?;
    let all = if tables.is_empty() { export::tables(connected)? } else { tables.to_vec() };
    let all = files(&all);
    for (table, name) in &all {
        let path = dir.join(format!("{name}.{}", form.ending()));
        let (part, file) = begin(&path).map_err(|e| unwritten(&path, &e))?;
        let mut out = BufWriter::new(file);
        let written = export::table(connected, table, form, hidden, &mut out)
            .and_then(|rows| finish(out, &part, &path).map(|()| rows).map_err(|e| unwritten(&path, &e)));
        let rows = written.inspect_err(|_| {
            let _ = fs::remove_file(&part);
        })?;
        output::stderr(&format!("{}: {}\n", path.display(), text::plural_rows(rows)));
    }
    output::stderr(&format!("{}\n", text::plural(all.len(), "table")));
    Ok(())
}

/// The tables, each once, and how the file of each is called: a name may hold what no file's name does, and is then not to
/// take another table's.
fn files(tables: &[String]) -> Vec<(&str, String)> {
    let flat = |table: &str| table.replace(['/', '\\', '\0'], "_");
    let mut taken: HashSet<String> = tables.iter().filter(|table| flat(table) == **table).cloned().collect();
    let mut all: Vec<(&str, String)> = Vec::new();
    for table in tables {
        if all.iter().any(|(other, _)| other == table) {
            continue;
        }
        let mut name = flat(table);
        while name != *table && !taken.insert(name.clone()) {
            name.push('_');
        }
        all.push((table, name));
    }
    all
}

/// The file that is written, with `.part` behind its name until it is whole: for nobody else to read, as backups are.
fn begin(path: &Path) -> io::Result<(PathBuf, File)> {
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    // Of a run that was killed.
    match fs::remove_file(&part) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    Ok((part, file))
}

fn finish(out: BufWriter<File>, part: &Path, path: &Path) -> io::Result<()> {
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(part, path)
}

fn unwritten(path: &Path, e: &io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{} cannot be written: {e}", path.display()))
        .hint("name another folder with --out; what is there is not written over")
}
