//! Reading the state of a database: reads only, creates nothing.

use super::{HISTORY, Head, JOURNAL, PROGRESS, Store, UNDO, current, names_from_text};
use crate::apply::{BENCHMARKED, BROKEN_KEYS};
use crate::db::Database;
use crate::drift::{REBASELINED, Recorded, SCHEMA};
use crate::report::LogEntry;
use crate::value::{Row, Value};
use refinery_core::Migration as RefineryMigration;
use serde::de::DeserializeOwned;
use switchback_plan::{
    Applied, Body, Direction, Error, ErrorKind, History, Migration, MigrationSet, Progress, Result,
    StoredDown,
};

/// Which of the four tables exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tables {
    pub history: bool,
    pub own: bool,
}

/// What was read.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub tables: Tables,
    pub history: History,
    pub head: Head,
}

impl Store {
    /// Whether anything was ever applied here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_there(&self, db: &mut Database) -> Result<bool> {
        Ok(db.existing(&[HISTORY])?[0])
    }

    /// Reads all that planning needs. The texts of stored downs are read only `with_downs`.
    ///
    /// # Errors
    /// When the tables cannot be read, or hold what this build cannot work with (checksums or versions of the other width).
    pub fn read(&self, db: &mut Database, local: &MigrationSet, with_downs: bool) -> Result<State> {
        let exist = db.existing(&[HISTORY, JOURNAL, PROGRESS, UNDO])?;
        let tables = Tables { history: exist[0], own: exist[1] && exist[2] && exist[3] };
        let mut state = State { tables, history: History::default(), head: Head::genesis() };
        if tables.own {
            if let Some(row) = db
                .query_own(&format!("SELECT id, hash FROM {} ORDER BY id DESC LIMIT 1", self.journal), &[])?
                .first()
            {
                state.head = Head { id: row.at(0)?, hash: row.at(1)? };
            }
            state.history.progress = self.read_progress(db, with_downs)?;
        }
        if tables.history {
            self.read_applied(db, local, with_downs, &mut state)?;
        }
        Ok(state)
    }

    fn read_applied(
        &self,
        db: &mut Database,
        local: &MigrationSet,
        with_downs: bool,
        state: &mut State,
    ) -> Result<()> {
        let body = if with_downs {
            "u.body"
        } else {
            "CASE WHEN u.kind IN ('irreversible', 'purged') THEN u.body END"
        };
        let sql = if state.tables.own {
            format!(
                "SELECT h.version, h.name, h.applied_on, h.checksum, u.sequence, u.up_sha256, u.kind, u.down_sha256, {body}, u.steps
                 FROM {} h LEFT JOIN {} u ON u.version = h.version ORDER BY h.version",
                self.history, self.undo
            )
        } else {
            format!(
                "SELECT version, name, applied_on, checksum, NULL, NULL, NULL, NULL, NULL, NULL FROM {} ORDER BY version",
                self.history
            )
        };
        for row in db.query_own(&sql, &[])? {
            let version: i64 = row.at(0)?;
            refuse_wide(version)?;
            let name: String = row.at::<Option<String>>(1)?.unwrap_or_default();
            let checksum: String = row.at::<Option<String>>(3)?.unwrap_or_default();
            let file = local.get(version).filter(|m| m.name == name);
            let recorded: Option<String> = row.at(5)?;
            let matches = file.map(|m| refinery_form(m, &checksum)).transpose()?;
            let up_sha256 = match (recorded, file, matches) {
                (Some(recorded), _, _) => recorded,
                // Refinery applied it: its checksum is all there is, and it says whether the file is the same.
                (None, Some(m), Some(true)) => m.up.sha256().to_owned(),
                (None, _, _) => format!("refinery checksum {checksum}"),
            };
            state.history.applied.push(Applied {
                version,
                name,
                applied_at: row.at::<Option<String>>(2)?.unwrap_or_default(),
                sequence: row.at::<Option<i64>>(4)?.unwrap_or_default(),
                up_sha256,
                steps: names_from_text(&row.at::<Option<String>>(9)?.unwrap_or_default()),
                stored_down: stored_down(&row, 6)?,
            });
        }
        Ok(())
    }

    fn read_progress(&self, db: &mut Database, with_downs: bool) -> Result<Option<Progress>> {
        let body = if with_downs {
            "u.body"
        } else {
            "CASE WHEN u.kind IN ('irreversible', 'purged') THEN u.body END"
        };
        let rows = db.query_own(
            &format!(
                "SELECT p.version, p.name, p.up_sha256, p.standing, p.locked, p.step, p.direction, p.started, p.cursor_at, p.turns, p.rows_done, p.keys_done, p.token, u.kind, u.down_sha256, {body}, u.steps
                 FROM {} p LEFT JOIN {} u ON u.version = p.version",
                self.progress, self.undo
            ),
            &[],
        )?;
        let Some(row) = rows.first() else { return Ok(None) };
        let rest = (row.at::<i64>(7)? != 0, row.at(8)?, row.at(9)?, row.at(10)?, row.at(11)?);
        Ok(Some(Progress {
            version: row.at(0)?,
            name: row.at(1)?,
            up_sha256: row.at(2)?,
            standing: names_from_text(&row.at::<String>(3)?),
            locked: direction(row.at(4)?),
            current: current(row.at(5)?, direction(row.at(6)?), rest),
            steps: names_from_text(&row.at::<Option<String>>(16)?.unwrap_or_default()),
            token: row.at(12)?,
            stored_down: stored_down(row, 13)?,
        }))
    }

    /// The newest record of the schema, as the last migration left it or as a person took it for right.
    pub fn read_schema(&self, db: &mut Database) -> Result<Option<Recorded>> {
        if !db.existing(&[JOURNAL])?[0] {
            return Ok(None);
        }
        let sql = format!(
            "SELECT detail FROM {} WHERE event IN ('{SCHEMA}', '{REBASELINED}') ORDER BY id DESC LIMIT 1",
            self.journal
        );
        let rows = db.query_own(&sql, &[])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let detail: Option<String> = row.at(0)?;
        Ok(detail.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What was noted by that event when the migration was begun last.
    pub fn read_noted<T: DeserializeOwned + Default>(
        &self,
        db: &mut Database,
        event: &str,
        version: i64,
    ) -> Result<T> {
        let sql = format!(
            "SELECT detail FROM {} WHERE event = $1 AND version = $2 ORDER BY id DESC LIMIT 1",
            self.journal
        );
        let rows = db.query_own(&sql, &[event.into(), version.into()])?;
        let Some(row) = rows.first() else { return Ok(T::default()) };
        let detail: Option<String> = row.at(0)?;
        Ok(detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// The journal, oldest first: the `limit` newest rows behind that one.
    pub fn read_journal(
        &self,
        db: &mut Database,
        after: Option<i64>,
        limit: Option<usize>,
    ) -> Result<Vec<LogEntry>> {
        if !db.existing(&[JOURNAL])?[0] {
            return Ok(Vec::new());
        }
        let tail = limit.map(|n| format!(" ORDER BY id DESC LIMIT {n}")).unwrap_or_default();
        let sql = format!(
            "SELECT * FROM (SELECT {} FROM {} WHERE id > $1{tail}) newest ORDER BY id",
            super::chain::COLUMNS.join(", "),
            self.journal
        );
        let mut out = Vec::new();
        db.query_each(&sql, &[after.unwrap_or(i64::MIN).into()], &mut |row| {
            out.push(LogEntry {
                id: row.at(0)?,
                at: row.at(1)?,
                event: row.at(2)?,
                run: row.at(3)?,
                version: row.at(4)?,
                name: row.at(5)?,
                step: row.at(6)?,
                direction: row.at(7)?,
                sha256: row.at(8)?,
                down_sha256: row.at(9)?,
                actor: row.at(10)?,
                host: row.at(11)?,
                tool: row.at(12)?,
                duration_ms: row.at(13)?,
                rows: row.at(14)?,
                plan: row.at(15)?,
                detail: row.at(16)?,
                prev: row.at(17)?,
                hash: row.at(18)?,
            });
            Ok(())
        })?;
        Ok(out)
    }

    /// Whether the journal has a step of the plan with that digest, and the end of a run of it.
    pub fn ran(&self, db: &mut Database, digest: &str) -> Result<(bool, bool)> {
        if !db.existing(&[JOURNAL])?[0] {
            return Ok((false, false));
        }
        let sql = format!("SELECT DISTINCT event FROM {} WHERE plan = $1", self.journal);
        let events = db.query_own(&sql, &[digest.into()])?;
        let events = events.iter().map(|row| row.at(0)).collect::<Result<Vec<String>>>()?;
        let begun = |event: &String| ["step_started", "step_finished", "reverted"].contains(&event.as_str());
        // What is no run (a repair, a restore) has a row of its own kind alone.
        let open = |event: &String| {
            ["refused", "run_started", "failed", "schema", BENCHMARKED, BROKEN_KEYS].contains(&event.as_str())
        };
        Ok((events.iter().any(begun), events.iter().any(|event| !begun(event) && !open(event))))
    }

    /// The hash of the first row of the journal: no other database has the same, wherever it lies.
    pub fn first_hash(&self, db: &mut Database) -> Result<Option<String>> {
        if !db.existing(&[JOURNAL])?[0] {
            return Ok(None);
        }
        let sql = format!("SELECT hash FROM {} ORDER BY id LIMIT 1", self.journal);
        db.query_own(&sql, &[])?.first().map(|row| row.at(0)).transpose()
    }

    /// The digest of the way down that the journal recorded last for a version; `None` when it recorded none.
    pub fn journalled_down(&self, db: &mut Database, version: i64) -> Result<Option<String>> {
        let rows = db.query_own(
            &format!(
                "SELECT down_sha256 FROM {} WHERE version = $1 AND down_sha256 IS NOT NULL ORDER BY id DESC LIMIT 1",
                self.journal
            ),
            &[Value::Int(version)],
        )?;
        rows.first().map(|r| r.at(0)).transpose()
    }
}

fn direction(text: Option<String>) -> Option<Direction> {
    match text.as_deref() {
        Some("up") => Some(Direction::Up),
        Some("down") => Some(Direction::Down),
        Some(_) | None => None,
    }
}

fn stored_down(row: &Row, at: usize) -> Result<Option<StoredDown>> {
    let Some(kind) = row.at::<Option<String>>(at)? else { return Ok(None) };
    let sha256: Option<String> = row.at(at + 1)?;
    let body: Option<String> = row.at(at + 2)?;
    Ok(match kind.as_str() {
        "sql" => Some(StoredDown::Sql { sha256: sha256.unwrap_or_default(), text: body }),
        "rust" => Some(StoredDown::Rust { sha256: sha256.unwrap_or_default() }),
        "purged" => Some(StoredDown::Purged { reason: body.unwrap_or_default() }),
        "irreversible" => Some(StoredDown::Irreversible { reason: body.unwrap_or_default() }),
        _ => Some(StoredDown::Missing),
    })
}

/// The largest version of this build.
pub(crate) const MAX_VERSION: i64 = if cfg!(feature = "int8-versions") { i64::MAX } else { i32::MAX as i64 };

fn refuse_wide(version: i64) -> Result<()> {
    if version <= MAX_VERSION {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("the history holds version {version}, which does not fit into 32 bits"),
    )
    .hint("use a build with the cargo feature int8-versions, as the program that wrote this history has"))
}

/// The label that refinery parses, and whose name it hashes.
pub(crate) fn refinery_migration(m: &Migration) -> Result<RefineryMigration> {
    RefineryMigration::unapplied(&m.label(), text_of(&m.up))
        .map_err(|e| Error::new(ErrorKind::Source, format!("{} is no name for refinery: {e}", m.label())))
}

/// Whether the checksum in the history is that of the file; an error when it is that of the other width.
fn refinery_form(m: &Migration, checksum: &str) -> Result<bool> {
    const WIDE: bool = cfg!(feature = "int8-versions");
    let recorded: Option<u64> = checksum.parse().ok();
    if recorded == Some(refinery_checksum(m, WIDE)) {
        return Ok(true);
    }
    if recorded == Some(refinery_checksum(m, !WIDE)) {
        let (they, do_what) = if WIDE {
            ("without", "use a build without the cargo feature int8-versions")
        } else {
            ("with", "use a build with the cargo feature int8-versions")
        };
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("the history was written {they} refinery's feature int8-versions, which changes every checksum"),
        )
        .hint(format!("{do_what}, as the program that wrote this history; nothing was changed")));
    }
    Ok(false)
}

/// Refinery's checksum (`Migration::unapplied`: SipHash-1-3 over name, version and text) with versions of 64 or 32
/// bits. By ourselves, because refinery copies the text and parses the name each time, and this is asked for every
/// applied migration at every start.
fn refinery_checksum(m: &Migration, wide: bool) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = siphasher::sip::SipHasher13::new();
    m.name.hash(&mut hasher);
    if wide {
        m.version.hash(&mut hasher);
    } else {
        i32::try_from(m.version).unwrap_or_default().hash(&mut hasher);
    }
    text_of(&m.up).hash(&mut hasher);
    hasher.finish()
}

/// What refinery would read as the migration's SQL.
fn text_of(up: &Body) -> &str {
    match up {
        Body::Sql(script) => &script.text,
        Body::Rust(rust) => &rust.text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_plan::source::{SourceFile, parse};

    #[test]
    fn our_checksum_is_refinerys() {
        for (name, text) in
            [("V1__a", "SELECT 1;"), ("V0__Größe_2", "-- ü\nSELECT 'x'"), ("U77__b", "-- nothing\n")]
        {
            let files = [SourceFile::new(format!("{name}.sql"), text)];
            let set = parse("t", switchback_plan::Dialect::Sqlite, i32::MAX.into(), &files).unwrap();
            let theirs = refinery_migration(&set.migrations[0]).unwrap().checksum();
            assert_eq!(refinery_checksum(&set.migrations[0], cfg!(feature = "int8-versions")), theirs);
        }
    }
}
