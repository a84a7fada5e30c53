//! The tables that we keep in the user's database, and all SQL that touches them.

mod chain;
mod journal;
mod read;

pub(crate) use chain::{Link, Told, faults_of_chain};
pub(crate) use journal::{Entry, Head};
pub(crate) use read::{MAX_VERSION, State, refinery_migration};

use crate::db::{Bound, Database};
use crate::value::Value;
use std::rc::Rc;
use switchback_plan::{Current, Dialect, Progress, Result, Tally, Turn, WayDown};

/// The quoted names of the four tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub history: String,
    journal: String,
    progress: String,
    undo: String,
    /// The two statements that go with every migration, written once.
    insert_journal: Rc<str>,
    put_undo: Rc<str>,
}

pub(crate) const HISTORY: &str = "refinery_schema_history";
pub(crate) const JOURNAL: &str = "switchback_journal";
pub(crate) const PROGRESS: &str = "switchback_progress";
pub(crate) const UNDO: &str = "switchback_undo";

/// The names of all tables of ours: what a content digest leaves out.
pub(crate) const OWN_TABLES: [&str; 4] = [HISTORY, JOURNAL, PROGRESS, UNDO];

impl Store {
    pub fn new(db: &Database) -> Store {
        let (journal, undo) = (db.own_table(JOURNAL), db.own_table(UNDO));
        let insert_journal = format!(
            "INSERT INTO {journal} ({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
            columns = chain::COLUMNS.join(", ")
        );
        let put_undo = format!(
            "INSERT INTO {undo} (version, name, sequence, up_sha256, kind, down_sha256, body, steps) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (version) DO UPDATE SET name = excluded.name, sequence = excluded.sequence, up_sha256 = excluded.up_sha256, kind = excluded.kind, down_sha256 = excluded.down_sha256, body = excluded.body, steps = excluded.steps"
        );
        Store {
            history: db.own_table(HISTORY),
            journal,
            progress: db.own_table(PROGRESS),
            undo,
            insert_journal: insert_journal.into(),
            put_undo: put_undo.into(),
        }
    }

    /// Creates our three tables (refinery creates its own).
    pub fn create(&self, db: &mut Database) -> Result<()> {
        for sql in create_sql(db.dialect(), [&self.journal, &self.progress, &self.undo]) {
            db.execute(&sql, &[])?;
        }
        Ok(())
    }

    /// The number of the newest row of the journal, 0 before the first.
    pub fn newest_id(&self, db: &mut Database) -> Result<i64> {
        let rows = db.query_own(&format!("SELECT max(id) FROM {}", self.journal), &[])?;
        Ok(rows.first().map(|r| r.at::<Option<i64>>(0)).transpose()?.flatten().unwrap_or_default())
    }

    /// A row of the journal, and the head of the chain once it is in.
    pub fn append(&self, entry: &Entry) -> (Head, Bound) {
        let (hash, values) = entry.values();
        let record = Bound::new(Rc::clone(&self.insert_journal), values);
        (Head { id: entry.id, hash }, record)
    }

    /// The first row of progress of a migration; fails when another migration is half-done.
    pub fn insert_progress(&self, p: &Progress) -> Bound {
        Bound::new(
            format!(
                "INSERT INTO {} (version, name, up_sha256, standing, locked, step, direction, started, cursor_at, turns, rows_done, keys_done, token, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)",
                self.progress
            ),
            progress_values(p),
        )
    }

    /// Compares and swaps the token: writes one row when nobody else has moved, none otherwise.
    pub fn take_progress(&self, token: i64) -> Bound {
        Bound::new(
            format!("UPDATE {} SET token = token + 1 WHERE id = 1 AND token = $1", self.progress),
            vec![token.into()],
        )
    }

    /// The new state, in a transaction that has taken the token.
    pub fn update_progress(&self, p: &Progress) -> Bound {
        Bound::new(
            format!(
                "UPDATE {} SET version = $1, name = $2, up_sha256 = $3, standing = $4, locked = $5, step = $6, direction = $7, started = $8, cursor_at = $9, turns = $10, rows_done = $11, keys_done = $12, token = $13 WHERE id = 1",
                self.progress
            ),
            progress_values(p),
        )
    }

    /// Nothing is half-done any more.
    pub fn delete_progress(&self) -> Bound {
        Bound::new(format!("DELETE FROM {} WHERE id = 1", self.progress), vec![])
    }

    /// Removes what is stored about a version.
    pub fn delete_undo(&self, version: i64) -> Bound {
        Bound::new(format!("DELETE FROM {} WHERE version = $1", self.undo), vec![version.into()])
    }

    /// Stores the way down of a version, so that an older release can still go down, in the place of what there was.
    pub fn put_undo(
        &self,
        version: i64,
        name: &str,
        sequence: i64,
        up_sha256: &str,
        down: &WayDown,
        steps: &[String],
    ) -> Bound {
        let (kind, sha256, body): (&str, Value, Value) = match down {
            WayDown::Body(switchback_plan::Body::Sql(script)) => {
                ("sql", script.sha256.as_str().into(), (&*script.text).into())
            }
            WayDown::Body(switchback_plan::Body::Rust(rust)) => {
                ("rust", rust.sha256.as_str().into(), Value::Null)
            }
            WayDown::Irreversible { reason } => ("irreversible", Value::Null, reason.as_str().into()),
            WayDown::Missing => ("missing", Value::Null, Value::Null),
        };
        Bound::new(
            Rc::clone(&self.put_undo),
            vec![
                version.into(),
                name.into(),
                sequence.into(),
                up_sha256.into(),
                kind.into(),
                sha256,
                body,
                names_to_text(steps).into(),
            ],
        )
    }

    /// From now on there is no way down, for this reason: what it needs is gone.
    pub fn purge_undo(&self, version: i64, reason: &str) -> Bound {
        Bound::new(
            format!("UPDATE {} SET kind = 'purged', body = $2 WHERE version = $1", self.undo),
            vec![version.into(), reason.into()],
        )
    }

    /// Which steps a Rust up turned out to have.
    pub fn update_undo_steps(&self, version: i64, steps: &[String]) -> Bound {
        Bound::new(
            format!("UPDATE {} SET steps = $2 WHERE version = $1", self.undo),
            vec![version.into(), names_to_text(steps).into()],
        )
    }

    /// Takes a version out of refinery's history.
    pub fn delete_history(&self, version: i64) -> Bound {
        Bound::new(format!("DELETE FROM {} WHERE version = $1", self.history), vec![version.into()])
    }

    /// A row of refinery's history for a migration that did not run, in refinery's own form.
    pub fn insert_history(&self, version: i64, name: &str, at: time::OffsetDateTime, checksum: u64) -> Bound {
        let at = at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        Bound::new(
            format!(
                "INSERT INTO {} (version, name, applied_on, checksum) VALUES ($1, $2, $3, $4)",
                self.history
            ),
            vec![version.into(), name.into(), at.into(), checksum.to_string().into()],
        )
    }

    /// Sets name and checksum of a version in refinery's history, when a changed file was accepted.
    pub fn accept_history(&self, version: i64, name: &str, checksum: u64) -> Bound {
        Bound::new(
            format!("UPDATE {} SET name = $2, checksum = $3 WHERE version = $1", self.history),
            vec![version.into(), name.into(), checksum.to_string().into()],
        )
    }
}

/// What creates our three tables, by their quoted names. The same text on both engines but for the key, which on SQLite is
/// the row's own number: an index beside the table would be one more page in every commit.
pub(crate) fn create_sql(dialect: Dialect, [journal, progress, undo]: [&str; 3]) -> [String; 3] {
    let key = match dialect {
        Dialect::Sqlite => "integer PRIMARY KEY",
        Dialect::Postgres => "bigint PRIMARY KEY",
    };
    [
        format!(
            "CREATE TABLE IF NOT EXISTS {journal} (
  id {key},
  at text NOT NULL,
  event text NOT NULL,
  run text NOT NULL,
  version bigint,
  name text,
  step text,
  direction text,
  sha256 text,
  down_sha256 text,
  actor text NOT NULL,
  host text NOT NULL,
  tool text NOT NULL,
  duration_ms bigint,
  row_count bigint,
  plan text,
  detail text,
  prev text NOT NULL UNIQUE,
  hash text NOT NULL)"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {progress} (
  id {key} CHECK (id = 1),
  version bigint NOT NULL,
  name text NOT NULL,
  up_sha256 text NOT NULL,
  standing text NOT NULL,
  locked text,
  step text,
  direction text,
  started bigint NOT NULL,
  cursor_at text,
  turns text,
  rows_done bigint NOT NULL,
  keys_done bigint NOT NULL,
  token bigint NOT NULL)"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {undo} (
  version {key},
  name text NOT NULL,
  sequence bigint NOT NULL,
  up_sha256 text NOT NULL,
  kind text NOT NULL,
  down_sha256 text,
  body text,
  steps text)"
        ),
    ]
}

fn progress_values(p: &Progress) -> Vec<Value> {
    let current = p.current.as_ref();
    vec![
        p.version.into(),
        p.name.as_str().into(),
        p.up_sha256.as_str().into(),
        names_to_text(&p.standing).into(),
        p.locked.map(|d| d.as_str()).into(),
        current.map(|c| c.step.as_str()).into(),
        current.map(|c| c.direction.as_str()).into(),
        Value::Int(i64::from(current.is_some_and(|c| c.started))),
        current.and_then(|c| c.cursor.clone()).into(),
        current.filter(|c| !c.turns.is_empty()).map(|c| turns_to_text(&c.turns)).into(),
        Value::Int(current.map_or(0, |c| i64::try_from(c.done.rows).unwrap_or(i64::MAX))),
        Value::Int(current.map_or(0, |c| c.done.keys)),
        p.token.into(),
    ]
}

/// A list of names as JSON text: names of steps may hold anything in Rust migrations.
pub(crate) fn names_to_text(names: &[String]) -> String {
    serde_json::to_string(names).unwrap_or_default()
}

fn names_from_text(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

/// A key as it is kept in `cursor_at`: JSON with the kind, so that it reads back as the same value.
pub(crate) fn key_to_text(key: &Value) -> String {
    match key {
        Value::Int(v) => serde_json::json!({ "int": v }),
        // Bits, so that not one is lost.
        Value::Float(v) => serde_json::json!({ "float": v.to_bits() }),
        Value::Bytes(v) => serde_json::json!({ "bytes": crate::value::hex(v) }),
        Value::Text(v) | Value::Decimal(v) | Value::Json(v) => serde_json::json!({ "text": v }),
        Value::Uuid(v) => serde_json::json!({ "text": v.to_string() }),
        Value::Timestamp(v) => serde_json::json!({ "text": crate::value::format_timestamp(*v) }),
        Value::Bool(v) => serde_json::json!({ "int": i64::from(*v) }),
        Value::Null => serde_json::Value::Null,
    }
    .to_string()
}

/// The inverse of [`key_to_text`]; `None` for a text that it did not write.
pub(crate) fn key_from_text(text: &str) -> Option<Value> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let (kind, value) = json.as_object()?.iter().next()?;
    match kind.as_str() {
        "int" => value.as_i64().map(Value::Int),
        "float" => value.as_u64().map(|bits| Value::Float(f64::from_bits(bits))),
        "text" => value.as_str().map(|t| Value::Text(t.to_owned())),
        "bytes" => {
            let hex = value.as_str()?;
            (0..hex.len() / 2)
                .map(|i| hex.get(i * 2..i * 2 + 2).and_then(|h| u8::from_str_radix(h, 16).ok()))
                .collect::<Option<Vec<u8>>>()
                .map(Value::Bytes)
        }
        _ => None,
    }
}

/// Where a batch was turned round: JSON of the key, the rows up to it, and their keys.
fn turns_to_text(turns: &[Turn]) -> String {
    let json = |t: &Turn| serde_json::json!([t.cursor, t.done.rows, t.done.keys]);
    turns.iter().map(json).collect::<serde_json::Value>().to_string()
}

fn turns_from_text(text: &str) -> Vec<Turn> {
    let turns: Vec<(String, u64, i64)> = serde_json::from_str(text).unwrap_or_default();
    turns.into_iter().map(|(cursor, rows, keys)| Turn { cursor, done: Tally { rows, keys } }).collect()
}

/// The half-done step of a row.
fn current(
    step: Option<String>,
    direction: Option<switchback_plan::Direction>,
    rest: (bool, Option<String>, Option<String>, i64, i64),
) -> Option<Current> {
    let (started, cursor, turns, rows, keys) = rest;
    Some(Current {
        step: step?,
        direction: direction?,
        started,
        cursor,
        turns: turns.map(|t| turns_from_text(&t)).unwrap_or_default(),
        done: Tally { rows: u64::try_from(rows).unwrap_or_default(), keys },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back_as_the_same_key(int: i64, text: String, bytes: Vec<u8>, float: f64) {
            for key in [Value::Int(int), Value::Text(text), Value::Bytes(bytes)] {
                prop_assert_eq!(key_from_text(&key_to_text(&key)), Some(key));
            }
            let Some(Value::Float(back)) = key_from_text(&key_to_text(&Value::Float(float))) else {
                return Err(TestCaseError::fail("no float"));
            };
            prop_assert_eq!(back.to_bits(), float.to_bits());
        }

        #[test]
        fn the_places_where_a_batch_was_turned_round_read_back(turns: Vec<(String, u64, i64)>) {
            let turn = |(cursor, rows, keys)| Turn { cursor, done: Tally { rows, keys } };
            let turns: Vec<Turn> = turns.into_iter().map(turn).collect();
            prop_assert_eq!(turns_from_text(&turns_to_text(&turns)), turns);
        }
    }
}
