//! A PostgreSQL database without `pg_dump`: its schema from the catalogs, its rows by COPY, all in one snapshot.

mod schema;

use super::postgres::{all, session};
use super::{failed, folder};
use crate::connect::PgTarget;
use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::event::{Event, Observer, Watch};
use crate::options::Options;
use schema::{Statements, statements};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use switchback_plan::{Error, ErrorKind, Result};

/// The name of the folder.
pub(crate) const FOLDER: &str = "copy";
const SCHEMA: &str = "schema.json";
const TABLES: &str = "tables.json";
/// The fastest level but the negative ones.
const LEVEL: i32 = 1;

/// A table whose rows are in a file.
#[derive(Serialize, Deserialize)]
struct Rows {
    /// As SQL calls it.
    table: String,
    /// All but those that are generated, quoted.
    columns: String,
    /// Its file.
    file: String,
}

/// Heaps, partitions by themselves; what an extension keeps in tables of its own comes with the extension.
const ROWS: &str = "SELECT json_build_array(format('%I.%I', n.nspname, c.relname),
      coalesce((SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), ''))
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
  ORDER BY c.oid";

/// Where each sequence stands.
const SEQUENCES: &str = "SELECT format('SELECT pg_catalog.setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), last_value IS NOT NULL)
  FROM pg_catalog.pg_sequences WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'";

/// Writes the database into a new folder; `db` is in a transaction whose snapshot is the backup's.
pub(super) fn write(db: &mut Database, dir: &Path, options: &Options) -> Result<()> {
    folder::private(dir)?;
    let mut made = statements(db)?;
    let Database::Postgres(pg) = db else { return Err(no_server()) };
    let mut tables = Vec::new();
    for (number, row) in all(pg, ROWS)?.iter().enumerate() {
        if options.interrupt.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(crate::db::interrupted());
        }
        let (table, columns): (String, String) = serde_json::from_str(row).unwrap_or_default();
        let file = format!("{number:05}.copy.zst");
        let path = dir.join(&file);
        let cannot = |e: &std::io::Error| failed(format!("{} cannot be written", path.display()), e);
        let mut encoder = zstd::Encoder::new(folder::private_file(&path)?, LEVEL).map_err(|e| cannot(&e))?;
        encoder.include_checksum(true).map_err(|e| cannot(&e))?;
        let list = if columns.is_empty() { String::new() } else { format!("({columns})") };
        pg.copy_out(&format!("COPY {table} {list} TO STDOUT"), &mut encoder)?;
        encoder.finish().map_err(|e| cannot(&e))?;
        tables.push(Rows { table, columns: list, file });
    }
    made.after.extend(all(pg, SEQUENCES)?);
    put(dir, SCHEMA, &made)?;
    put(dir, TABLES, &tables)
}

fn put(dir: &Path, name: &str, value: &impl Serialize) -> Result<()> {
    let path = dir.join(name);
    let text = serde_json::to_vec_pretty(value).unwrap_or_default();
    folder::private_file(&path)?
        .write_all(&text)
        .map_err(|e| failed(format!("{} cannot be written", path.display()), &e))
}

fn get<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<T> {
    let path = dir.join(name);
    let bytes = fs::read(&path).map_err(|e| failed(format!("{} cannot be read", path.display()), &e))?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Error::new(ErrorKind::Backup, format!("{} cannot be read: {e}", path.display())))
}

/// Makes the schema and loads the rows, in an empty database.
pub(super) fn load(
    dir: &Path,
    target: &PgTarget,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<()> {
    let mut db = session(target, options)?;
    let Database::Postgres(pg) = &mut db else { return Err(no_server()) };
    pg.script(SETTINGS)?;
    fill(dir, pg, false, observer)
}

/// The same in a database that `empty` empties first, all of it in one transaction.
pub(crate) fn replace(
    backup: &Path,
    target: &PgTarget,
    options: &Options,
    empty: &str,
    watch: &Watch,
) -> Result<()> {
    let mut db = session(target, options)?;
    let Database::Postgres(pg) = &mut db else { return Err(no_server()) };
    let wait = options.lock_wait.as_millis().max(1);
    pg.script(&format!("{SETTINGS}; SET lock_timeout = {wait}; BEGIN"))?;
    let done = pg.script(empty).and_then(|()| fill(&backup.join(FOLDER), pg, true, &mut watch.clone()));
    match done {
        Ok(()) => pg.script("COMMIT"),
        Err(e) => {
            pg.rollback();
            Err(e)
        }
    }
}

const SETTINGS: &str = "SET check_function_bodies = off; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET client_min_messages = error";

fn fill(dir: &Path, pg: &mut Postgres, within: bool, observer: &mut dyn Observer) -> Result<()> {
    let made: Statements = get(dir, SCHEMA)?;
    let tables: Vec<Rows> = get(dir, TABLES)?;
    run(pg, &made.before, within)?;
    let total = tables.len() as u64;
    for (done, rows) in tables.iter().enumerate() {
        let (what, unit) = ("loading the backup", "tables");
        observer.event(&Event::Work { what, done: done as u64, total: Some(total), unit });
        let path = dir.join(&rows.file);
        let cannot = |e: &std::io::Error| failed(format!("{} cannot be read", path.display()), e);
        let file = File::open(&path).map_err(|e| cannot(&e))?;
        let mut decoder = zstd::Decoder::new(file).map_err(|e| cannot(&e))?;
        pg.copy_in(&format!("COPY {} {} FROM STDIN", rows.table, rows.columns), &mut decoder)?;
    }
    run(pg, &made.after, within)
}

/// Runs statements whose order may not be one that works: what fails is tried again behind the others, as long as that
/// helps. `within` a transaction each has a savepoint of its own.
fn run(pg: &mut Postgres, statements: &[String], within: bool) -> Result<()> {
    let mut open: Vec<&String> = statements.iter().collect();
    while !open.is_empty() {
        let mut failed = Vec::new();
        let mut first = None;
        for statement in &open {
            let done = match within {
                false => pg.script(statement),
                true => pg.script("SAVEPOINT switchback").and_then(|()| {
                    let done = pg.script(statement);
                    let end = if done.is_ok() { "RELEASE" } else { "ROLLBACK TO" };
                    pg.script(&format!("{end} SAVEPOINT switchback")).and(done)
                }),
            };
            if let Err(e) = done {
                first.get_or_insert((e, *statement));
                failed.push(*statement);
            }
        }
        if let Some((e, statement)) = first
            && failed.len() == open.len()
        {
            return Err(Error::new(
                ErrorKind::Backup,
                format!("the backup's schema cannot be made again: {}, in {statement}", e.message()),
            )
            .hint(
                "nothing was put in the place of anything; a missing role or extension has to be made first",
            ));
        }
        open = failed;
    }
    Ok(())
}

fn no_server() -> Error {
    Error::new(ErrorKind::Unsupported, "this is no PostgreSQL database")
}
