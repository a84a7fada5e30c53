//! Whether the chain of the journal holds, and whether the other tables say what the journal says.

use super::journal::{GENESIS, hash_of};
use super::{HISTORY, JOURNAL, PROGRESS, Store, UNDO};
use crate::db::Database;
use crate::journal::JournalFault;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use switchback_plan::{Result, digest};

/// The columns of the journal, in the order in which they are hashed; the hash is the last.
pub(crate) const COLUMNS: [&str; 19] = [
    "id",
    "at",
    "event",
    "run",
    "version",
    "name",
    "step",
    "direction",
    "sha256",
    "down_sha256",
    "actor",
    "host",
    "tool",
    "duration_ms",
    "row_count",
    "plan",
    "detail",
    "prev",
    "hash",
];

/// Which columns hold numbers; all others hold text.
const NUMBERS: [&str; 4] = ["id", "version", "duration_ms", "row_count"];

/// A row of the journal, as far as chain and history ask for it.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub id: i64,
    pub prev: String,
    /// What the row says that its hash is.
    pub hash: String,
    /// What it is.
    pub real: String,
    /// A column that holds what no row of ours holds there.
    pub odd: Option<&'static str>,
    event: String,
    version: Option<i64>,
    direction: Option<String>,
    sha256: Option<String>,
    down_sha256: Option<String>,
    /// All columns but the last, until it is known whether they have to be looked at again.
    fields: Vec<Value>,
}

impl Link {
    fn new(values: &[Value]) -> Link {
        let text = |at: usize| match values.get(at) {
            Some(Value::Text(text)) => Some(text.clone()),
            Some(_) | None => None,
        };
        let number = |at: usize| match values.get(at) {
            Some(Value::Int(number)) => Some(*number),
            Some(_) | None => None,
        };
        let (fields, _) = values.split_at(values.len().saturating_sub(1));
        let real = hash_of(fields);
        let hash = text(18).unwrap_or_default();
        let odd = COLUMNS.into_iter().zip(values).find(|(column, value)| !match value {
            Value::Null => true,
            Value::Int(_) => NUMBERS.contains(column),
            Value::Text(_) => !NUMBERS.contains(column),
            _ => false,
        });
        Link {
            id: number(0).unwrap_or_default(),
            prev: text(17).unwrap_or_default(),
            event: text(2).unwrap_or_default(),
            version: number(4),
            direction: text(7),
            sha256: text(8),
            down_sha256: text(9),
            odd: odd.map(|(column, _)| column),
            fields: if real == hash { Vec::new() } else { fields.to_vec() },
            real,
            hash,
        }
    }

    fn is_sound(&self) -> bool {
        self.real == self.hash && self.odd.is_none()
    }
}

/// What is wrong with the chain, in the order of rows.
pub(crate) fn faults_of_chain(chain: &[Link]) -> Vec<JournalFault> {
    let by_hash: HashMap<&str, i64> = chain.iter().map(|link| (link.hash.as_str(), link.id)).collect();
    let mut faults = Vec::new();
    let mut before: Option<&Link> = None;
    for link in chain {
        let (id, hash) = before.map_or((0, GENESIS), |b| (b.id, b.hash.as_str()));
        let gap = match link.id - id {
            1 => None,
            2 => Some(format!("row {} is missing before row {}", id + 1, link.id)),
            n if n > 2 => {
                Some(format!("rows {} to {} are missing before row {}", id + 1, link.id - 1, link.id))
            }
            _ => Some(format!("row {} has a number that no row of ours has", link.id)),
        };
        let own = fault_of_row(link, &by_hash);
        let whole = own.is_none();
        if let Some(message) = &gap {
            faults.push(JournalFault::row("removed", link.id, message.clone()));
        }
        faults.extend(own);
        if whole && gap.is_none() && link.prev != hash {
            faults.extend(fault_of_link(link, before, &by_hash));
        }
        before = Some(link);
    }
    faults
}

/// What is wrong with a row by itself.
fn fault_of_row(link: &Link, by_hash: &HashMap<&str, i64>) -> Option<JournalFault> {
    if link.is_sound() {
        return None;
    }
    if let Some(column) = link.odd {
        let message =
            format!("row {} was altered: its column {column} holds what is never written there", link.id);
        return Some(JournalFault::row("altered", link.id, message));
    }
    // A row that was given another number is whole but for that.
    let follows = if link.prev == GENESIS { Some(0) } else { by_hash.get(link.prev.as_str()).copied() };
    if let Some(number) = follows.map(|id| id + 1).filter(|n| *n != link.id) {
        let mut fields = link.fields.clone();
        if let Some(id) = fields.first_mut() {
            *id = Value::Int(number);
        }
        if hash_of(&fields) == link.hash {
            let message = format!("row {} was row {number} when it was written", link.id);
            return Some(JournalFault::row("reordered", link.id, message));
        }
    }
    let message =
        format!("row {} is not what its hash says: it was altered, or written by something else", link.id);
    Some(JournalFault::row("altered", link.id, message))
}

/// What is wrong between a sound row and the one before it.
fn fault_of_link(link: &Link, before: Option<&Link>, by_hash: &HashMap<&str, i64>) -> Option<JournalFault> {
    let Some(before) = before else {
        let message = format!("row {} is the first and names another one before it", link.id);
        return Some(JournalFault::row("removed", link.id, message));
    };
    // Only the hash of the row before was altered, and that is said of it already.
    if link.prev == before.real || !before.is_sound() {
        return None;
    }
    Some(match by_hash.get(link.prev.as_str()) {
        Some(other) => JournalFault::row(
            "reordered",
            link.id,
            format!("row {} names row {other} as the one before it, not row {}", link.id, before.id),
        ),
        None => JournalFault::row(
            "replaced",
            before.id,
            format!("row {} is not the one that row {} was chained to: it was replaced", before.id, link.id),
        ),
    })
}

/// What the other tables say of each version.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Whether there is a journal at all.
    pub journal: bool,
    applied: BTreeSet<i64>,
    half: Option<i64>,
    undo: BTreeMap<i64, Undo>,
}

#[derive(Debug)]
struct Undo {
    kind: String,
    up_sha256: Option<String>,
    down_sha256: Option<String>,
    /// Of the text that is stored.
    body_sha256: Option<String>,
}

/// What the journal says of a version, since it was last begun.
#[derive(Debug, Default)]
struct Said {
    /// `None` where a person's word decided.
    applied: Option<bool>,
    up: BTreeSet<String>,
    down: BTreeSet<Option<String>>,
    /// What the way down needs was purged.
    purged: bool,
}

impl Store {
    /// All rows of the journal by their numbers.
    pub fn read_chain(&self, db: &mut Database) -> Result<Vec<Link>> {
        let mut chain = Vec::new();
        if !db.existing(&[JOURNAL])?[0] {
            return Ok(chain);
        }
        let sql = format!("SELECT {} FROM {} ORDER BY id", COLUMNS.join(", "), self.journal);
        db.query_each(&sql, &[], &mut |row| {
            chain.push(Link::new(row.values()));
            Ok(())
        })?;
        Ok(chain)
    }

    /// What history, progress and the stored ways down say.
    pub fn read_told(&self, db: &mut Database) -> Result<Told> {
        let there = db.existing(&[HISTORY, JOURNAL, PROGRESS, UNDO])?;
        let mut told = Told { journal: there[1], ..Told::default() };
        if there[0] {
            for row in db.query_own(&format!("SELECT version FROM {}", self.history), &[])? {
                told.applied.insert(row.at(0)?);
            }
        }
        if there[2] {
            let rows = db.query_own(&format!("SELECT version FROM {}", self.progress), &[])?;
            told.half = rows.first().map(|row| row.at(0)).transpose()?;
        }
        if there[3] {
            let sql = format!("SELECT version, kind, up_sha256, down_sha256, body FROM {}", self.undo);
            for row in db.query_own(&sql, &[])? {
                let body: Option<String> = row.at(4)?;
                let undo = Undo {
                    kind: row.at(1)?,
                    up_sha256: row.at(2)?,
                    down_sha256: row.at(3)?,
                    body_sha256: body.map(|body| digest::of_text(&body)),
                };
                told.undo.insert(row.at(0)?, undo);
            }
        }
        Ok(told)
    }
}

impl Told {
    /// The versions of which the journal need say nothing, and where it says something else.
    pub fn against(&self, chain: &[Link]) -> (Vec<i64>, Vec<JournalFault>) {
        let mut said: BTreeMap<i64, Said> = BTreeMap::new();
        for link in chain {
            let Some(version) = link.version else { continue };
            match (link.event.as_str(), link.direction.as_deref()) {
                ("step_finished", Some("up")) | ("baselined", _) | ("repaired", None) => {
                    let entry = said.entry(version).or_default();
                    if entry.applied == Some(false) || link.event != "step_finished" {
                        (entry.up, entry.down) = Default::default();
                    }
                    entry.applied = Some(true);
                    entry.purged = false;
                    entry.up.extend(link.sha256.clone());
                    entry.down.insert(link.down_sha256.clone());
                }
                ("purged" | "brought_back", _) => said.entry(version).or_default().purged = true,
                ("reverted", _) => said.entry(version).or_default().applied = Some(false),
                ("repaired", Some(_)) => said.entry(version).or_default().applied = None,
                _ => {}
            }
        }
        let mut adopted = Vec::new();
        let mut faults = Vec::new();
        for version in &self.applied {
            match said.get(version).map(|s| s.applied) {
                // Half-way down it is out of the history, half-way up not in it yet.
                _ if self.half == Some(*version) => {}
                Some(Some(true) | None) => {}
                Some(Some(false)) => faults.push(JournalFault::version(
                    "history",
                    *version,
                    format!("version {version} is in the history, and the journal says that it was undone"),
                )),
                None if self.undo.contains_key(version) => faults.push(JournalFault::version(
                    "history",
                    *version,
                    format!("version {version} was applied by switchback, and the journal has no row of it"),
                )),
                None => adopted.push(*version),
            }
        }
        for (version, said) in &said {
            let gone = !self.applied.contains(version) && self.half != Some(*version);
            if said.applied == Some(true) && gone {
                let message = format!(
                    "the journal says that version {version} is applied, and the history has no row of it"
                );
                faults.push(JournalFault::version("history", *version, message));
            }
        }
        for (version, undo) in &self.undo {
            let said = said.get(version).filter(|said| !said.down.is_empty());
            faults.extend(undo.fault(*version, said));
        }
        faults.sort_by_key(|fault| fault.version);
        (adopted, faults)
    }
}

impl Undo {
    fn fault(&self, version: i64, said: Option<&Said>) -> Option<JournalFault> {
        let fault = |what: &str| {
            let message = format!(
                "{what} of version {version} in switchback_undo is not the one that the journal recorded"
            );
            Some(JournalFault::version("undo", version, message))
        };
        if self.kind == "sql" && self.body_sha256 != self.down_sha256 {
            return fault("the stored way down");
        }
        let said = said?;
        if self.kind == "purged" && !said.purged {
            return fault("that there is no way down");
        }
        if !said.down.contains(&self.down_sha256) {
            return fault("the digest of the way down");
        }
        if !said.up.is_empty() && self.up_sha256.as_ref().is_none_or(|up| !said.up.contains(up)) {
            return fault("the digest of the way up");
        }
        None
    }
}
