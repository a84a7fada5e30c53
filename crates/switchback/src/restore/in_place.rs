//! Into the PostgreSQL database itself, in one transaction: where no new database can be made beside it.

use super::job::Job;
use super::{Before, Done, journal_end, others, same_database};
use crate::backup::postgres::{no_tools, one, unpack};
use crate::backup::tools::{Running, Tools, dbname};
use crate::backup::{self, Form, Manifest, Reason, copy};
use crate::connect::PgTarget;
use crate::content;
use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::event::{Event, Observer as _};
use std::io::{self, Write as _};
use std::process::Stdio;
use switchback_plan::{Error, ErrorKind, Result};

/// Everything of the user's but extensions, which the backup makes only where they are not there. What went with
/// something else is gone when its turn comes.
const EMPTY: &str = r"DO $switchback$
DECLARE what record;
BEGIN
  FOR what IN
    WITH ours AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
    objects (place, class, oid) AS (
      SELECT 1, 'pg_catalog.pg_event_trigger'::regclass, oid FROM pg_catalog.pg_event_trigger
      UNION ALL SELECT 1, 'pg_catalog.pg_publication'::regclass, oid FROM pg_catalog.pg_publication
      UNION ALL SELECT 2, 'pg_catalog.pg_class'::regclass, oid FROM pg_catalog.pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't' AND relnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 3, 'pg_catalog.pg_class'::regclass, oid FROM pg_catalog.pg_class
        WHERE relkind IN ('S', 'c') AND relpersistence <> 't' AND relnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 4, 'pg_catalog.pg_cast'::regclass, oid FROM pg_catalog.pg_cast WHERE oid >= 16384
      UNION ALL SELECT 5, 'pg_catalog.pg_opclass'::regclass, oid FROM pg_catalog.pg_opclass WHERE opcnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 6, 'pg_catalog.pg_opfamily'::regclass, oid FROM pg_catalog.pg_opfamily WHERE opfnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 6, 'pg_catalog.pg_operator'::regclass, oid FROM pg_catalog.pg_operator WHERE oprnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 7, 'pg_catalog.pg_proc'::regclass, oid FROM pg_catalog.pg_proc WHERE pronamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 8, 'pg_catalog.pg_type'::regclass, oid FROM pg_catalog.pg_type
        WHERE typtype IN ('e', 'd', 'r') AND typnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 9, 'pg_catalog.pg_ts_config'::regclass, oid FROM pg_catalog.pg_ts_config WHERE cfgnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 9, 'pg_catalog.pg_ts_dict'::regclass, oid FROM pg_catalog.pg_ts_dict WHERE dictnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 9, 'pg_catalog.pg_collation'::regclass, oid FROM pg_catalog.pg_collation WHERE collnamespace IN (SELECT oid FROM ours)
      UNION ALL SELECT 9, 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid FROM pg_catalog.pg_foreign_data_wrapper
      UNION ALL SELECT 10, 'pg_catalog.pg_namespace'::regclass, oid FROM pg_catalog.pg_namespace n
        WHERE oid IN (SELECT oid FROM ours) AND nspname <> 'public'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extnamespace = n.oid))
    SELECT CASE o.type WHEN 'composite type' THEN 'type' WHEN 'foreign-data wrapper' THEN 'foreign data wrapper' ELSE o.type END AS type, o.identity
    FROM objects, pg_catalog.pg_identify_object(class, oid, 0) o
    WHERE oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = class AND x.objid = oid AND x.objsubid = 0 AND x.deptype IN ('e', 'i'))
    ORDER BY place
  LOOP
    EXECUTE format('DROP %s IF EXISTS %s CASCADE', what.type, what.identity);
  END LOOP;
  PERFORM pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata;
END
$switchback$";

pub(super) fn restore(job: Job<'_, PgTarget>) -> Result<Done> {
    let Job { target, from, manifest, how, watch, .. } = job;
    let mut connected = job.connect()?.observer(watch.clone());
    connected.locked(|connected| {
        same_database(connected, manifest, from.path(), how)?;
        let name = job.name();
        let Database::Postgres(live) = &mut connected.db else { return Err(no_server()) };
        let mut others = others::named(live, &name, how)?;
        if !others.is_empty() {
            others::end(live, &name)?;
        }
        let snapshot = one(live, "SELECT pg_catalog.pg_current_snapshot()")?;
        let journal = journal_end(connected)?;
        let before = backup::make(connected, &how.dir, Reason::BeforeRestore)?;
        // That may have taken long, and what was written meanwhile is nowhere else.
        let Database::Postgres(live) = &mut connected.db else { return Err(no_server()) };
        others.extend(others::named(live, &name, how)?);
        others::end(live, &name)?;
        unwritten_since(live, &snapshot, &before.manifest)?;
        let alone = alone(&one(live, "SELECT pg_catalog.pg_backend_pid()")?);
        watch.clone().event(&Event::Work {
            what: "loading the backup",
            done: 0,
            total: None,
            unit: "tables",
        });
        match manifest.form {
            Form::Copy => copy::replace(from.data(), target, &job.copy_options(), &alone, watch)?,
            Form::PgDump | Form::PgDumpZstd => by_psql(job, &alone)?,
            Form::Sqlite => return Err(no_server()),
        }
        let mut copy = job.copy(target)?;
        job.verify(&mut copy).map_err(|e| {
            e.hint(format!("the state before is in {}: restore that one", before.path.display()))
        })?;
        if let Database::Postgres(copy) = &mut copy {
            copy.script("ANALYZE")?;
        }
        Ok(Done {
            way: "in_place",
            compared: true,
            before: Before::Backup(before.path),
            journal,
            ended: others,
        })
    })
}

/// What empties the database, and refuses where anybody but that session of ours is connected.
fn alone(pid: &str) -> String {
    format!(
        "DO $switchback$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database()
      AND backend_type = 'client backend' AND pid NOT IN (pg_catalog.pg_backend_pid(), {pid})) THEN
    RAISE EXCEPTION 'somebody connected while the backup was about to be loaded; nothing was changed';
  END IF;
END
$switchback$;
{EMPTY}"
    )
}

/// Refuses where a row was written since that snapshot, or rows are gone that the backup has.
fn unwritten_since(live: &mut Postgres, snapshot: &str, kept: &Manifest) -> Result<()> {
    let now = content::rows_written_since(live, Some(snapshot))?;
    let moved = now.iter().find(|now| {
        let then = kept.tables.iter().find(|t| t.table == now.table).map(|t| t.rows);
        now.written > 0 || then != Some(now.rows)
    });
    match moved {
        None => Ok(()),
        Some(table) => Err(Error::new(
            ErrorKind::Refused,
            format!(
                "{} was written to while the present state was being kept; nothing was changed",
                table.table
            ),
        )
        .hint("stop the programs that write to the database, and run the same command again")),
    }
}

/// What `pg_restore` writes as a script goes to `psql`, behind what empties the database: only `psql` reads rows that
/// stand among statements. The script itself ends with its COMMIT, so that half of it changes nothing.
fn by_psql(job: Job<'_, PgTarget>, empty: &str) -> Result<()> {
    let Job { target, from, manifest, .. } = job;
    let options = job.options();
    let major = manifest.major().unwrap_or_default();
    let tools = Tools::find(major).ok_or_else(|| no_tools(major))?;
    let unpacked = unpack(from.data(), manifest, options)?;
    let mut write = tools.command("pg_restore", target);
    write.args(["--single-transaction", "--file=-", "--format=directory"]).arg(unpacked.path());
    let mut read = tools.command("psql", target);
    read.arg(dbname(target)).args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]);
    let own = target.get("options").unwrap_or_default();
    let wait = options.lock_wait.as_millis().max(1);
    read.env(
        "PGOPTIONS",
        format!("{own} -c client_min_messages=error -c lock_timeout={wait} -c statement_timeout=0"),
    );
    let mut reading = Running::start(read.stdin(Stdio::piped()))?;
    let mut writing = Running::start(write.stdout(Stdio::piped()))?;
    let (to, from) = (reading.stdin(), writing.stdout());
    let begin = format!("BEGIN;\n{empty};\n");
    let feed = std::thread::spawn(move || -> io::Result<()> {
        let (Some(mut to), Some(mut from)) = (to, from) else { return Ok(()) };
        to.write_all(begin.as_bytes())?;
        io::copy(&mut from, &mut to).map(drop)
    });
    // Where psql stops early, what feeds it fails for that reason alone: its own words come first.
    reading.wait(&options.interrupt, &mut || {})?;
    writing.wait(&options.interrupt, &mut || {})?;
    let fed = feed.join().unwrap_or(Ok(()));
    fed.map_err(|e| Error::new(ErrorKind::Backup, format!("psql could not be fed: {e}")))
}

fn no_server() -> Error {
    Error::new(ErrorKind::Unsupported, "this backup is not one of PostgreSQL")
}
