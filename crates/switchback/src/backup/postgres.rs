//! A PostgreSQL database by its own `pg_dump`, whose snapshot is also the one that the manifest describes.

use super::manifest::{Form, Manifest};
use super::tools::{Running, Tools, dbname};
use super::{Said, copy, folder};
use crate::connect::{DatabaseUrl, PgTarget};
use crate::content::{self, Content};
use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::event::{Event, Observer};
use crate::migrator::open_database;
use crate::options::Options;
use std::path::{Path, PathBuf};
use switchback_plan::quote::ident;
use switchback_plan::{Error, ErrorKind, MigrationSet, Result};

/// The name of the dump's folder.
pub(crate) const DUMP: &str = "dump";

/// How rows look as text, and whether all of them are seen, is the same in every session that reads them for a digest.
const SETTINGS: &str = "SET row_security = off; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; \
    SET timezone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = 'hex'; SET xmloption = 'content'; \
    SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; ";

/// Copies the database into the folder; says what the copy holds, and how it was made.
pub(super) fn copy(
    target: &PgTarget,
    set: &MigrationSet,
    options: &Options,
    observer: &mut dyn Observer,
    part: &Path,
) -> Result<Said> {
    let mut db = session(target, options)?;
    let Database::Postgres(pg) = &mut db else { return Err(no_server()) };
    let version = pg.version()?;
    let tools = Tools::find(version / 10_000).filter(|_| !options.without_pg_dump);
    pg.script("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
    let snapshot = one(pg, "SELECT pg_catalog.pg_export_snapshot()")?;
    let compression = tools.as_ref().map(Compression::of);
    folder::needs_room(part, size(pg, compression)?, "a backup")?;
    let total = estimated_rows(pg)?;

    let dump = part.join(DUMP);
    let running = match (&tools, compression) {
        (Some(tools), Some(compression)) => {
            Some(compression.start(tools, target, &snapshot, options, &dump)?)
        }
        _ => None,
    };
    let before = content::counters(&mut db)?;
    let mut rows = 0;
    let tell = |observer: &mut dyn Observer, rows: u64| {
        let (what, unit) = ("writing and reading the rows", "rows");
        observer.event(&Event::Work { what, done: rows, total: Some(total.max(rows)), unit });
    };
    let (schema, content) = super::read(&mut db, &mut |_, n| {
        rows += n;
        tell(observer, rows);
    })?;
    let (form, writer) = match (running, compression, &tools) {
        (Some(running), Some(compression), Some(tools)) => {
            running.wait(&options.interrupt, &mut || tell(observer, rows))?;
            (compression.finish(&dump, observer, options)?, format!("pg_dump {}", tools.version))
        }
        _ => {
            copy::write(&mut db, &part.join(copy::FOLDER), options)?;
            (Form::Copy, options.tool.clone())
        }
    };
    let after = content::counters(&mut db)?;
    let counters = before.into_iter().filter(|(name, at)| after.get(name) == Some(at)).collect();
    let content = Content { sequences: counters, ..content };

    let described = super::describe(&mut db, set, &schema, &content)?;
    let Database::Postgres(pg) = &mut db else { return Err(no_server()) };
    Ok(Said {
        form,
        server: format!("PostgreSQL {}", one(pg, "SELECT current_setting('server_version')")?),
        writer,
        history_schema: Some(pg.own_schema().to_owned()),
        roles: roles(pg)?,
        ..described
    })
}

/// A connection of its own, in which every row looks as it does in every other such connection.
pub(crate) fn session(target: &PgTarget, options: &Options) -> Result<Database> {
    let mut db = open_database(&DatabaseUrl::Postgres(target.clone()), options, true)?;
    if let Database::Postgres(pg) = &mut db {
        // Names are said as they are seen from the schema of the history, wherever the copy lies.
        let schema = ident(pg.own_schema());
        pg.script(&format!("{SETTINGS}SET search_path = {schema}"))?;
    }
    Ok(db)
}

/// The one text that a query answers.
pub(crate) fn one(pg: &mut Postgres, sql: &str) -> Result<String> {
    let rows = pg.query_texts(sql)?;
    let text = rows.iter().flatten().next().and_then(|row| row.try_get(0).ok().flatten());
    Ok(text.unwrap_or_default().to_owned())
}

/// All texts of a query with one column.
pub(crate) fn all(pg: &mut Postgres, sql: &str) -> Result<Vec<String>> {
    let rows = pg.query_texts(sql)?;
    Ok(rows.iter().flatten().filter_map(|row| row.try_get(0).ok().flatten().map(str::to_owned)).collect())
}

/// Those that own something in the database, or have rights on it.
fn roles(pg: &mut Postgres) -> Result<Vec<String>> {
    all(
        pg,
        "SELECT DISTINCT r.rolname::text COLLATE \"C\" FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
           WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND r.rolname !~ '^pg_'
             AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
         UNION SELECT r.rolname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
           WHERE c.oid >= 16384 ORDER BY 1",
    )
}

/// Heaps and TOAST, whose rows are what is written; indexes are made anew from their definitions.
fn size(pg: &mut Postgres, compression: Option<Compression>) -> Result<u64> {
    let bytes = one(
        pg,
        "SELECT coalesce(sum(pg_catalog.pg_table_size(oid)), 0) FROM pg_catalog.pg_class
         WHERE relkind IN ('r', 'm') AND oid >= 16384",
    )?;
    let bytes: u64 = bytes.parse().unwrap_or_default();
    Ok(match compression {
        None | Some(Compression::Tool(_)) => bytes / 2,
        // Uncompressed first, and then file by file.
        Some(Compression::Ours) => bytes + bytes / 10,
    })
}

fn estimated_rows(pg: &mut Postgres) -> Result<u64> {
    let rows = one(
        pg,
        "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_catalog.pg_class
         WHERE relkind = 'r' AND oid >= 16384",
    )?;
    Ok(rows.parse().unwrap_or_default())
}

/// Who compresses. gzip, which is `pg_dump`'s own choice, takes several times as long as writing the data does.
#[derive(Debug, Clone, Copy)]
enum Compression {
    /// `pg_dump` itself.
    Tool(&'static str),
    /// `pg_dump` writes plain files, which are compressed when it has ended.
    Ours,
}

impl Compression {
    /// The first that this build of `pg_dump` knows: what it does not know it refuses before it connects.
    fn of(tools: &Tools) -> Compression {
        if tools.major < 16 {
            return Compression::Ours;
        }
        let known = |how: &&&str| tools.compresses(how);
        ["zstd:1", "lz4"].iter().find(known).map_or(Compression::Ours, |how| Compression::Tool(how))
    }

    fn start(
        self,
        tools: &Tools,
        target: &PgTarget,
        snapshot: &str,
        options: &Options,
        dump: &Path,
    ) -> Result<Running> {
        let mut command = tools.command("pg_dump", target);
        command.arg(dbname(target)).args(["--format=directory", "--no-sync"]);
        command.arg(format!("--jobs={}", jobs()));
        command.arg(format!("--snapshot={snapshot}"));
        // With 0 it would wait for ever.
        command.arg(format!("--lock-wait-timeout={}", options.lock_wait.as_millis().max(1)));
        command.arg(match self {
            Compression::Tool(how) => format!("--compress={how}"),
            Compression::Ours => "--compress=0".to_owned(),
        });
        command.arg("--file").arg(dump);
        Running::start(&mut command)
    }

    fn finish(self, dump: &Path, observer: &mut dyn Observer, options: &Options) -> Result<Form> {
        match self {
            Compression::Tool(_) => Ok(Form::PgDump),
            Compression::Ours => {
                observer.event(&Event::Work { what: "compressing", done: 0, total: None, unit: "files" });
                super::compress::folder(dump, &options.interrupt)?;
                Ok(Form::PgDumpZstd)
            }
        }
    }
}

/// As many as there are processors, up to four: more would be felt by those who use the server.
fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}

/// Loads what lies in the backup into an empty database.
pub(crate) fn load(
    backup: &Path,
    manifest: &Manifest,
    target: &PgTarget,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<()> {
    match manifest.form {
        Form::PgDump | Form::PgDumpZstd => {
            let unpacked = unpack(backup, manifest, options)?;
            restore(unpacked.path(), manifest, target, options, observer)
        }
        Form::Copy => {
            let options = super::verify::in_schema(options, manifest);
            copy::load(&backup.join(copy::FOLDER), target, &options, observer)
        }
        Form::Sqlite => Err(no_server()),
    }
}

/// A dump that `pg_restore` reads.
pub(crate) enum Unpacked {
    /// In the backup itself.
    AsItIs(PathBuf),
    /// A copy that is gone when this is dropped.
    Plain(folder::Part),
}

impl Unpacked {
    pub fn path(&self) -> &Path {
        match self {
            Unpacked::AsItIs(path) => path,
            Unpacked::Plain(part) => part.path(),
        }
    }
}

/// Unpacks what we compressed: `pg_restore` before 16 knows gzip alone.
pub(crate) fn unpack(backup: &Path, manifest: &Manifest, options: &Options) -> Result<Unpacked> {
    let dump = backup.join(DUMP);
    if manifest.form != Form::PgDumpZstd {
        return Ok(Unpacked::AsItIs(dump));
    }
    let name = format!("plain-{}", folder::moment(time::OffsetDateTime::now_utc()));
    let plain = folder::Part::create(backup.parent().unwrap_or(backup), &name)?;
    super::compress::unfold(&dump, plain.path(), &options.interrupt)?;
    Ok(Unpacked::Plain(plain))
}

fn restore(
    from: &Path,
    manifest: &Manifest,
    target: &PgTarget,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<()> {
    let major = manifest.major().unwrap_or_default();
    let tools = Tools::find(major).ok_or_else(|| no_tools(major))?;
    let mut command = tools.command("pg_restore", target);
    command.arg(dbname(target)).args(["--exit-on-error", "--format=directory"]);
    command.arg(format!("--jobs={}", jobs())).arg(from);
    // Indexes are sorted in memory; what a crash of the server would lose is gone with this database anyway.
    let own = target.get("options").unwrap_or_default();
    command.env(
        "PGOPTIONS",
        format!("{own} -c maintenance_work_mem=256MB -c synchronous_commit=off -c statement_timeout=0 -c lock_timeout=0"),
    );
    let running = Running::start(&mut command)?;
    running.wait(&options.interrupt, &mut || {
        observer.event(&Event::Work { what: "loading the backup", done: 0, total: None, unit: "tables" });
    })
}

fn no_server() -> Error {
    Error::new(ErrorKind::Unsupported, "this backup is not one of PostgreSQL")
}

pub(crate) fn no_tools(major: u32) -> Error {
    Error::new(ErrorKind::Config, format!("there is no pg_restore that fits PostgreSQL {major}"))
        .hint(format!("install the client programs of PostgreSQL {major} (postgresql-client-{major}), or name their folder in SWITCHBACK_PG_BIN"))
}
