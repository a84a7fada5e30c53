//! Finding what is kept aside, and who needs it.

use super::{Found, Kept};
use crate::db::Database;
use crate::drift::Extent;
use crate::inspect::is_own;
use crate::migrator::Connected;
use crate::restore::before_restore;
use crate::store::State;
use crate::value::{format_timestamp, parse_timestamp};
use switchback_plan::lex::mentions_written;
use switchback_plan::operation::{archive_of, bring_back, kept_name, version_of_kept, works_with};
use switchback_plan::schema::{KEPT, Name, Schema, Table};
use switchback_plan::{Applied, Body, Dialect, Result, Script, StoredDown, source};
use time::OffsetDateTime;
use time::macros::format_description;

/// Something that is kept aside, with what is needed to work on it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub kept: Kept,
    /// Empty for a database.
    pub table: Table,
    /// The migrations that have no way down without it.
    pub owners: Vec<(i64, String)>,
    /// The table that it was taken from, where that is known.
    pub from: Option<Name>,
    /// The statements that bring an archived table back.
    pub statements: Vec<String>,
    /// A migration of this set put it there, so far as anybody can tell: two sets may share a schema.
    pub ours: bool,
}

/// The way down of an applied migration.
pub(super) struct Down {
    version: i64,
    name: String,
    at: Option<OffsetDateTime>,
    script: Option<Script>,
    rust: bool,
}

impl Connected {
    pub(super) fn find_kept(&mut self) -> Result<Found> {
        let state = self.read(true)?;
        // In another schema another set may keep things aside, under the same versions.
        let extent = match state.history.newest() {
            Some(head) => self.extent(head)?,
            None => Extent::default(),
        };
        let schema = extent.read_whole(&mut self.db)?;
        let downs = self.downs(&state)?;
        let mut items = Vec::new();
        for table in schema.tables.iter().filter(|t| !is_own(&t.name.name)) {
            let Some(mut item) = classify(&schema, table, &downs) else { continue };
            item.kept.rows = Some(self.count(&table.name)?);
            item.kept.bytes = size(&mut self.db, table)?;
            if item.kept.kind == "rejects" {
                item.ours = self.rejects_into(&state, &table.name);
                item.kept.since = self.first_rejected(&table.name)?;
            }
            items.push(item);
        }
        items.extend(databases(&mut self.db)?);
        items.sort_by(|a, b| a.kept.name.cmp(&b.kept.name));
        Ok((state, schema, items))
    }

    pub(super) fn count(&mut self, table: &Name) -> Result<u64> {
        number(&mut self.db, &format!("SELECT count(*) FROM {}", table.sql()))
    }

    fn first_rejected(&mut self, table: &Name) -> Result<Option<String>> {
        let sql = format!("SELECT CAST(min(rejected_at) AS text) FROM {}", table.sql());
        let rows = self.db.query_own(&sql, &[])?;
        let at: Option<String> = rows.first().map(|row| row.at(0)).transpose()?.flatten();
        Ok(at.and_then(|at| parse_timestamp(&at).or_else(|| as_postgres_writes(&at))).map(format_timestamp))
    }

    /// Whether an applied migration in Rust of this set rejects and speaks of that table: the application may have one that
    /// looks the same, and files of SQL speak of all of its tables.
    fn rejects_into(&self, state: &State, table: &Name) -> bool {
        let mut applied = state.history.applied.iter().filter_map(|a| self.local.get(a.version));
        applied.any(|m| match &m.up {
            Body::Sql(_) => false,
            Body::Rust(rust) => {
                rust.text.contains("reject(") && mentions_written(self.local.dialect, &rust.text, &table.name)
            }
        })
    }

    /// The file's way down where it is the recorded one, else the stored one.
    fn downs(&self, state: &State) -> Result<Vec<Down>> {
        let of = |applied: &Applied| -> Result<Down> {
            let file = self.local.get(applied.version).and_then(|m| m.down.body());
            let (script, rust) = match (&applied.stored_down, file) {
                (Some(StoredDown::Sql { text: Some(text), .. }), _) => {
                    let name = format!("stored way down of V{}__{}", applied.version, applied.name);
                    (Some(source::parse_script(self.local.dialect, &name, text)?), false)
                }
                (None, Some(Body::Sql(script))) => (Some(script.clone()), false),
                (Some(StoredDown::Rust { .. }), _) | (None, Some(Body::Rust(_))) => (None, true),
                _ => (None, false),
            };
            Ok(Down {
                version: applied.version,
                name: applied.name.clone(),
                at: parse_timestamp(&applied.applied_at),
                script,
                rust,
            })
        };
        state.history.applied.iter().map(of).collect()
    }
}

fn number(db: &mut Database, sql: &str) -> Result<u64> {
    let rows = db.query_own(sql, &[])?;
    let found: i64 = rows.first().map(|row| row.at(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(found).unwrap_or_default())
}

/// `2026-11-21 20:14:00.5+00`, in whatever zone the session is.
fn as_postgres_writes(text: &str) -> Option<OffsetDateTime> {
    let form = format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second][optional [.[subsecond]]][offset_hour sign:mandatory][optional [:[offset_minute]]]"
    );
    OffsetDateTime::parse(text, &form).ok()
}

fn classify(schema: &Schema, table: &Table, downs: &[Down]) -> Option<Item> {
    let dialect = schema.dialect;
    let name = &table.name;
    let works = |d: &&Down| d.script.as_ref().is_some_and(|s| works_with(dialect, s, name));
    let mut owners: Vec<&Down> = downs.iter().filter(works).collect();
    let archived = owners.iter().find_map(|d| bring_back(dialect, d.script.as_ref()?, name));
    let mut statements = Vec::new();
    let (kind, of, from) = if let Some(back) = archived {
        statements = back.statements;
        ("archive", Some(back.table.to_string()), Some(back.table))
    } else if let Some(version) = version_of_kept(&name.name).filter(|_| name.name.starts_with(KEPT)) {
        let (kind, of, from) = kept_values(schema, table, version);
        if owners.is_empty() {
            // What a way down in SQL does not speak of is not what that migration kept.
            owners = downs.iter().filter(|d| d.version == version && d.script.is_none()).collect();
        }
        (kind, of, from)
    } else if let Some((of, stamp)) = archive_of(&name.name) {
        if owners.is_empty() {
            // A migration in Rust names its archives by the moment of its run.
            let moment = moment_of(stamp);
            let since = |d: &&Down| d.rust && d.at.zip(moment).is_some_and(|(at, moment)| at >= moment);
            owners = downs.iter().filter(since).min_by_key(|d| d.at).into_iter().collect();
        }
        let of = of.strip_suffix("_legacy").unwrap_or(of);
        ("archive", Some(of.to_owned()), Some(name.sibling(of)))
    } else if holds_rejects(table, dialect) {
        ("rejects", None, None)
    } else {
        return None;
    };
    let rejects = kind == "rejects";
    let by = owners.first().filter(|_| !rejects);
    let stamp = || archive_of(&name.name).and_then(|(_, stamp)| moment_of(stamp)).map(format_timestamp);
    let kept = Kept {
        name: name.to_string(),
        kind,
        of,
        version: by.map(|d| d.version),
        migration: by.map(|d| d.name.clone()),
        since: by.map_or_else(stamp, |d| d.at.map(format_timestamp)),
        rows: None,
        bytes: None,
        needed_by: owners.iter().map(|d| d.version).collect(),
    };
    let owners: Vec<(i64, String)> = owners.iter().map(|d| (d.version, d.name.clone())).collect();
    let ours = !owners.is_empty();
    Some(Item { kept, table: table.clone(), owners, from, statements, ours })
}

/// The columns that `Context::reject` writes, each of a type that takes what it writes, and no other: a table with more is
/// the application's own.
fn holds_rejects(table: &Table, dialect: Dialect) -> bool {
    let columns = [
        ("source", ["text", "char"]),
        ("id", ["text", "char"]),
        ("row", ["json", "text"]),
        ("reason", ["text", "char"]),
        ("rejected_at", ["timestamp", "text"]),
    ];
    let fits = |(name, types): (&str, [&str; 2])| {
        table.column(name, dialect).is_some_and(|column| {
            let data_type = column.data_type.to_lowercase();
            column.generated.is_none() && types.iter().any(|t| data_type.contains(t))
        })
    };
    table.columns.len() == columns.len() && columns.into_iter().all(fits)
}

/// What `switchback_kept_…` holds, and of what.
fn kept_values(schema: &Schema, table: &Table, version: i64) -> (&'static str, Option<String>, Option<Name>) {
    let key: &[String] = table.primary_key().map_or(&[], |key| &key.columns);
    let columns: Vec<&str> = table
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .filter(|c| *c != FILLED && !key.iter().any(|k| k == c))
        .collect();
    let spelled = table.column("kept_spelling", schema.dialect).is_some();
    let mut near = schema.tables.iter().filter(|t| t.name.schema == table.name.schema);
    if spelled {
        let of = near.find_map(|t| {
            let column =
                t.columns.iter().find(|c| kept_name(version, &[&t.name.name, &c.name]) == table.name.name)?;
            Some((format!("{}.{}", t.name, column.name), t.name.clone()))
        });
        return match of {
            Some((of, from)) => ("spellings", Some(of), Some(from)),
            None => ("spellings", None, None),
        };
    }
    for t in near {
        let mut parts = vec![t.name.name.as_str()];
        parts.extend(&columns);
        let numbered = |n: usize| {
            let n = n.to_string();
            kept_name(version, &parts.iter().copied().chain([n.as_str()]).collect::<Vec<_>>())
        };
        if kept_name(version, &parts) == table.name.name || (2..10).any(|n| numbered(n) == table.name.name) {
            return ("values", Some(format!("{}.{}", t.name, columns.join(", "))), Some(t.name.clone()));
        }
        if kept_name(version, &[&t.name.name, "rows"]) == table.name.name {
            return ("rows", Some(t.name.to_string()), Some(t.name.clone()));
        }
    }
    ("values", None, None)
}

/// Marks the rows that a `fill` has filled.
pub(super) const FILLED: &str = "switchback_filled";

/// `20261121t201400z`, whatever stands around its digits.
fn moment_of(stamp: &str) -> Option<OffsetDateTime> {
    let digits: String = stamp.chars().filter(char::is_ascii_digit).collect();
    let form = format_description!("[year][month][day][hour][minute][second]");
    time::PrimitiveDateTime::parse(&digits, &form).ok().map(time::PrimitiveDateTime::assume_utc)
}

fn size(db: &mut Database, table: &Table) -> Result<Option<u64>> {
    match db.dialect() {
        Dialect::Postgres => {
            let sql = "SELECT pg_catalog.pg_total_relation_size(pg_catalog.to_regclass($1))";
            let rows = db.query_own(sql, &[table.name.sql().into()])?;
            let bytes: Option<i64> = rows.first().map(|row| row.at(0)).transpose()?.flatten();
            Ok(bytes.and_then(|b| u64::try_from(b).ok()))
        }
        Dialect::Sqlite => {
            let names = table.indexes.iter().map(|i| &i.name.name).chain([&table.name.name]);
            let mut sum = 0;
            for name in names {
                // Not in every SQLite; with the name it reads that tree alone.
                let sql = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = $1";
                let Ok(rows) = db.query_own(sql, &[name.as_str().into()]) else { return Ok(None) };
                sum += rows.first().map(|row| row.at::<i64>(0)).transpose()?.unwrap_or_default();
            }
            Ok(u64::try_from(sum).ok())
        }
    }
}

/// Databases of this server that a restore put aside for this one.
fn databases(db: &mut Database) -> Result<Vec<Item>> {
    let Database::Postgres(_) = db else { return Ok(Vec::new()) };
    let sql = "SELECT d.datname::text, CASE WHEN has_database_privilege(d.oid, 'CONNECT')
                 OR pg_has_role('pg_read_all_stats', 'MEMBER') THEN pg_database_size(d.oid) END, current_database()::text
               FROM pg_catalog.pg_database d WHERE position('_before_restore_' IN d.datname) > 0 ORDER BY 1";
    let mut items = Vec::new();
    for row in db.query_own(sql, &[])? {
        let (name, bytes, own): (String, Option<i64>, String) = (row.at(0)?, row.at(1)?, row.at(2)?);
        let Some(moment) = before_restore(&own, &name) else { continue };
        let kept = Kept {
            name,
            kind: "database",
            of: Some(own),
            version: None,
            migration: None,
            since: moment_of(&moment).map(format_timestamp),
            rows: None,
            bytes: bytes.and_then(|b| u64::try_from(b).ok()),
            needed_by: Vec::new(),
        };
        items.push(Item {
            kept,
            table: Table::default(),
            owners: Vec::new(),
            from: None,
            statements: Vec::new(),
            ours: true,
        });
    }
    Ok(items)
}
