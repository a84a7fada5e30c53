//! Another database, filled and checked beside the live one; then the two change names in one transaction.

use super::job::Job;
use super::{Before, Done, How, journal_end, others, same_database, settings};
use crate::backup::folder;
use crate::backup::postgres::{all, load, one, session};
use crate::connect::PgTarget;
use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::event::{Event, Observer as _};
use crate::options::Options;
use crate::value::hex;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use switchback_plan::quote::{ident, literal};
use switchback_plan::{Error, ErrorKind, Result};

/// The longest name that PostgreSQL keeps, in bytes.
const NAME: usize = 63;
/// How often others are ended again who come back before the names are changed.
const ATTEMPTS: u32 = 20;

pub(super) fn restore(job: Job<'_, PgTarget>) -> Result<Done> {
    let Job { target, from, manifest, how, watch, .. } = job;
    let (name, options) = (job.name(), job.options());
    let mut server = Server::open(target, &name, options)?;
    let exists = server.exists(&name)?;
    if exists {
        server.free(&name, how, false)?;
    }

    // Held while the new one is filled, so that nobody migrates what is about to be put away.
    let mut live = None;
    let mut journal = None;
    if exists {
        match job.connect() {
            Ok(mut connected) => {
                connected.wait_for_lock()?;
                match same_database(&mut connected, manifest, from.path(), how) {
                    Err(e) if e.kind() == ErrorKind::Backup => return Err(e),
                    Err(e) => tracing::info!("{e}"),
                    Ok(()) => {}
                }
                journal = journal_end(&mut connected).ok().flatten();
                live = Some(connected);
            }
            // A database that cannot even be connected to is one to go back from.
            Err(e) => tracing::warn!("{e}"),
        }
    }

    let new = New::create(&mut server, &name, exists)?;
    let beside = target.with_database(&new.name);
    load(from.data(), manifest, &beside, options, &mut watch.clone())?;
    let mut copy = job.copy(&beside)?;
    job.verify(&mut copy)?;
    if let Database::Postgres(copy) = &mut copy {
        // Without statistics the first queries would be planned blindly.
        watch.clone().event(&Event::Work {
            what: "gathering statistics",
            done: 0,
            total: None,
            unit: "tables",
        });
        copy.script("ANALYZE")?;
    }
    drop(copy);
    if exists {
        server.like(&name, &new.name)?;
    }
    drop(live);
    let moment = folder::moment(time::OffsetDateTime::now_utc()).replace(['-', ':'], "");
    let old = server.free_name(&fitting(&name, &format!("_before_restore_{moment}")))?;
    let ended = server.swap(&name, exists.then_some(&old), &new.name, how)?;
    new.keep();
    let before = if exists { Before::Database(old) } else { Before::Nothing };
    Ok(Done { way: "swap", compared: true, before, journal, ended })
}

/// The server of a database, seen from another database.
struct Server {
    db: Database,
    target: PgTarget,
}

impl Server {
    /// Connects to a database that everybody may use: not the one that is about to change its name.
    fn open(target: &PgTarget, live: &str, options: &Options) -> Result<Server> {
        let mut last = None;
        for name in ["postgres", "template1"].into_iter().filter(|name| *name != live) {
            let target = target.with_database(name);
            match session(&target, options) {
                Ok(db) => return Ok(Server { db, target }),
                Err(e) => last = Some(e),
            }
        }
        Err(last.unwrap_or_else(|| Error::new(ErrorKind::Connection, "there is no other database to connect to"))
            .hint("a restore needs a second database to work from, such as postgres; let this user connect to it"))
    }

    fn pg(&mut self) -> Result<&mut Postgres> {
        match &mut self.db {
            Database::Postgres(pg) => Ok(pg),
            Database::Sqlite(_) => Err(Error::new(ErrorKind::Unsupported, "this is no server")),
        }
    }

    fn exists(&mut self, name: &str) -> Result<bool> {
        let sql = format!("SELECT 1 FROM pg_catalog.pg_database WHERE datname = {}", literal(name));
        Ok(one(self.pg()?, &sql)? == "1")
    }

    /// That name, with a number behind it where it is taken: two restores may end in one second.
    fn free_name(&mut self, name: &str) -> Result<String> {
        let mut free = name.to_owned();
        let mut number = 1;
        while self.exists(&free)? {
            number += 1;
            free = format!("{name}_{number}");
        }
        Ok(free)
    }

    /// Refuses while others are connected, unless they may be ended; ends them when `now`.
    fn free(&mut self, name: &str, how: &How, now: bool) -> Result<Vec<String>> {
        let prepared = all(
            self.pg()?,
            &format!(
                "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = {} ORDER BY 1",
                literal(name)
            ),
        )?;
        if !prepared.is_empty() {
            return Err(Error::new(
                ErrorKind::Refused,
                format!(
                    "the database {name} has prepared transactions that nobody ended: {}",
                    prepared.join(", ")
                ),
            )
            .hint("COMMIT PREPARED or ROLLBACK PREPARED them; nothing was changed"));
        }
        let others = others::named(self.pg()?, name, how)?;
        if now && !others.is_empty() {
            others::end(self.pg()?, name)?;
        }
        Ok(others)
    }

    /// Gives the new one what belongs to a database and is in no dump: settings, rights, its limit, its comment.
    fn like(&mut self, live: &str, new: &str) -> Result<()> {
        let (from, to) = (literal(live), ident(new));
        let pg = self.pg()?;
        let mut statements = settings::statements(pg, live, new)?;
        statements.extend(all(
            pg,
            &format!(
                "SELECT format('ALTER DATABASE %s CONNECTION LIMIT %s', {to_text}, datconnlimit)
                 FROM pg_catalog.pg_database WHERE datname = {from} AND datconnlimit <> -1
                 UNION ALL SELECT format('COMMENT ON DATABASE %s IS %L', {to_text}, pg_catalog.shobj_description(oid, 'pg_database'))
                 FROM pg_catalog.pg_database WHERE datname = {from} AND pg_catalog.shobj_description(oid, 'pg_database') IS NOT NULL
                 UNION ALL SELECT format('REVOKE ALL ON DATABASE %s FROM PUBLIC', {to_text})
                 FROM pg_catalog.pg_database WHERE datname = {from} AND datacl IS NOT NULL
                 UNION ALL SELECT format('GRANT %s ON DATABASE %s TO %s', a.privilege_type, {to_text},
                     CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
                   || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                 FROM pg_catalog.pg_database d, aclexplode(d.datacl) AS a WHERE d.datname = {from}",
                to_text = literal(&to),
            ),
        )?);
        statements.iter().try_for_each(|statement| pg.script(statement))
    }

    /// The two names, in one transaction: at every moment there is a database of the live name, whole.
    fn swap(&mut self, live: &str, old: Option<&String>, new: &str, how: &How) -> Result<Vec<String>> {
        let mut sql = String::from("BEGIN; ");
        if let Some(old) = old {
            sql += &format!("ALTER DATABASE {} RENAME TO {}; ", ident(live), ident(old));
        }
        sql += &format!("ALTER DATABASE {} RENAME TO {}; COMMIT", ident(new), ident(live));
        let mut ended = Vec::new();
        let mut attempt = 0;
        loop {
            let freed = if old.is_some() { self.free(live, how, true) } else { Ok(Vec::new()) };
            let swapped = freed.and_then(|freed| {
                ended.extend(freed.into_iter().filter(|who| !ended.contains(who)).collect::<Vec<_>>());
                self.pg()?.script(&sql)
            });
            let Err(e) = swapped else { return Ok(ended) };
            self.pg()?.rollback();
            // Somebody came back, or has not gone yet: our own session too takes a moment.
            let in_use = e.server_code() == Some("55006") || e.kind() == ErrorKind::Refused;
            if !in_use || attempt >= ATTEMPTS {
                return Err(e);
            }
            attempt += 1;
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What a new database is to have in common with the live one, as the end of CREATE DATABASE.
fn properties(version: u32, live: &str) -> String {
    let provider = match version {
        ..150_000 => "''",
        150_000..170_000 => {
            "CASE datlocprovider WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', daticulocale) ELSE '' END"
        }
        170_000.. => {
            "CASE datlocprovider WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', datlocale)
                WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', datlocale) ELSE '' END"
        }
    };
    format!(
        "SELECT format(' OWNER %I ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_catalog.pg_get_userbyid(datdba),
             pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype) || {provider}
             || format(' TABLESPACE %I', t.spcname)
         FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
         WHERE datname = {}",
        literal(live)
    )
}

/// The name with that ending. One that would be too long is cut, and told from others that are cut to the same by a
/// part of its digest.
fn fitting(name: &str, ending: &str) -> String {
    // Behind it there may still be the number of a process.
    let room = NAME - 10 - ending.len();
    if name.len() <= room {
        return format!("{name}{ending}");
    }
    let digest = hex(&Sha256::digest(name)[..4]);
    let end = (0..=room - digest.len() - 1).rev().find(|end| name.is_char_boundary(*end));
    format!("{}_{digest}{ending}", &name[..end.unwrap_or_default()])
}

/// The moment in the name of a database that a restore put aside for that one.
pub(crate) fn before_restore(of: &str, name: &str) -> Option<String> {
    let at = name.rfind("_before_restore_")?;
    let moment = name[at..].strip_prefix("_before_restore_")?.get(..16)?;
    let whole = fitting(of, &format!("_before_restore_{moment}"));
    // Behind it there may be the number of a process.
    let rest = name.strip_prefix(&whole)?.trim_start_matches('_');
    rest.chars().all(|c| c.is_ascii_digit()).then(|| moment.to_owned())
}

/// A database that is being filled; dropped with this, unless it was kept.
struct New {
    name: String,
    server: PgTarget,
    options: Options,
    kept: bool,
}

impl New {
    /// Owned, encoded and collated as the live one. What killed restores left behind is dropped.
    fn create(server: &mut Server, live: &str, exists: bool) -> Result<New> {
        let prefix = fitting(live, "_restore_new_");
        let left = all(
            server.pg()?,
            &format!(
                "SELECT datname::text FROM pg_catalog.pg_database d WHERE starts_with(datname, {})
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)",
                literal(&prefix)
            ),
        )?;
        for name in left {
            server.pg()?.script(&format!("DROP DATABASE IF EXISTS {}", ident(&name)))?;
        }
        let name = format!("{prefix}{}", std::process::id());
        let mut sql = format!("CREATE DATABASE {} TEMPLATE template0", ident(&name));
        if exists {
            let version = server.pg()?.version()?;
            sql += &one(server.pg()?, &properties(version, live))?;
        }
        server.pg()?.script(&sql).map_err(|e| {
            let what = format!("a new database cannot be made beside {live}: {}", e.message());
            Error::new(e.kind(), what)
                .hint("let this user create databases (ALTER ROLE … CREATEDB), or say --in-place")
        })?;
        Ok(New { name, server: server.target.clone(), options: Options::default(), kept: false })
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for New {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Ok(Database::Postgres(mut pg)) = session(&self.server, &self.options) {
            let _ = pg.script(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(&self.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_is_cut_and_stays_one_of_its_own() {
        assert_eq!(fitting("app", "_restore_new_"), "app_restore_new_");
        let (a, b) = ("é".repeat(30) + "a", "é".repeat(30) + "b");
        let (a, b) = (
            fitting(&a, "_before_restore_20261122T053000Z"),
            fitting(&b, "_before_restore_20261122T053000Z"),
        );
        assert!(a.len() <= NAME && b.len() <= NAME && a != b, "{a} {b}");
    }
}
