//! The journal, looked at: which rows to show, whether its chain holds, and the anchor that a removed tail is found by.

use crate::migrator::Connected;
use crate::report::LogEntry;
use crate::store::{Link, Store, Told};
use serde::{Deserialize, Serialize};
use switchback_plan::{Error, ErrorKind, Location, Result};
use time::OffsetDateTime;

/// Which rows of the journal are meant; `Default` is all of them.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Not older than this.
    pub since: Option<OffsetDateTime>,
    /// Of one of these events; of any where there is none.
    pub events: Vec<String>,
    /// About this version.
    pub version: Option<i64>,
    /// Of the run whose id begins so.
    pub run: Option<String>,
    /// Behind the row of this number.
    pub after: Option<i64>,
    /// Only the newest of those.
    pub limit: Option<usize>,
}

impl LogFilter {
    /// Whether that row is meant, the limit aside.
    pub fn wants(&self, entry: &LogEntry) -> bool {
        let at = || crate::value::parse_timestamp(&entry.at);
        self.since.is_none_or(|since| at().is_some_and(|at| at >= since))
            && (self.events.is_empty() || self.events.contains(&entry.event))
            && self.version.is_none_or(|version| entry.version == Some(version))
            && self.run.as_ref().is_none_or(|run| entry.run.starts_with(run.as_str()))
            && self.after.is_none_or(|after| entry.id > after)
    }

    /// Whether the newest rows are meant whatever is in them.
    fn is_plain(&self) -> bool {
        self.since.is_none() && self.events.is_empty() && self.version.is_none() && self.run.is_none()
    }
}

/// What `log --verify` found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct JournalReport {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// How many rows there are.
    pub rows: u64,
    /// The newest row; `None` where there is none.
    pub head: Option<JournalHead>,
    /// The row that the anchor names, where it was held against one.
    pub anchored: Option<i64>,
    /// Versions in the history of which the journal says nothing and need not: refinery applied them.
    pub adopted: Vec<i64>,
    /// What is wrong, in the order of rows.
    pub faults: Vec<JournalFault>,
}

/// A row of the journal, by its number and hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalHead {
    /// Its number.
    pub id: i64,
    /// Its hash.
    pub hash: String,
}

/// Something that is wrong with the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalFault {
    /// `altered`, `removed`, `reordered`, `replaced`, `anchor`, `history` or `undo`.
    pub kind: &'static str,
    /// The row at which it shows.
    pub row: Option<i64>,
    /// The version that it is about.
    pub version: Option<i64>,
    /// A sentence.
    pub message: String,
}

impl JournalFault {
    pub(crate) fn row(kind: &'static str, row: i64, message: String) -> JournalFault {
        JournalFault { kind, row: Some(row), version: None, message }
    }

    pub(crate) fn version(kind: &'static str, version: i64, message: String) -> JournalFault {
        JournalFault { kind, row: None, version: Some(version), message }
    }
}

/// A row of a journal that somebody wrote down elsewhere: what it holds cannot be taken out any more without notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The name of the database.
    pub database: String,
    /// The number of the row.
    pub row: i64,
    /// Its hash.
    pub hash: String,
    /// When that row was written.
    pub at: String,
}

/// A file of anchors, for Git: the newest row of one database or several.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchors {
    format: u32,
    anchors: Vec<Anchor>,
}

/// The form that this version writes.
const FORMAT: u32 = 1;

impl Anchors {
    /// Reads a file; `file` is what messages call it.
    ///
    /// # Errors
    /// Text that is no file of anchors.
    pub fn parse(file: &str, text: &str) -> Result<Anchors> {
        let bad = |message: String| {
            Error::new(ErrorKind::Journal, message)
                .at(Location::file(file))
                .hint("this file is written by `log --anchor` alone: restore it from Git")
        };
        let anchors: Anchors =
            serde_json::from_str(text).map_err(|e| bad(format!("the anchor cannot be read: {e}")))?;
        if anchors.format != FORMAT {
            return Err(bad(format!("the anchor has the form {}, and {FORMAT} is known", anchors.format)));
        }
        Ok(anchors)
    }

    /// The anchor of a database.
    pub fn get(&self, database: &str) -> Option<&Anchor> {
        self.anchors.iter().find(|anchor| anchor.database == database)
    }

    /// Puts an anchor in the place of the one that its database had.
    pub fn put(&mut self, anchor: Anchor) {
        self.anchors.retain(|old| old.database != anchor.database);
        self.anchors.push(anchor);
        self.anchors.sort_by(|a, b| a.database.cmp(&b.database));
    }

    /// The text of the file.
    ///
    /// # Errors
    /// None that these types can cause.
    pub fn render(&self) -> Result<String> {
        let whole = Anchors { format: FORMAT, anchors: self.anchors.clone() };
        serde_json::to_string_pretty(&whole)
            .map(|text| text + "\n")
            .map_err(|e| Error::new(ErrorKind::Io, format!("the anchor cannot be written: {e}")))
    }
}

/// How often everything is read again because a runner is at work meanwhile.
const MOVES: usize = 20;

impl Connected {
    /// The rows of the journal that are meant, oldest first. Reads only.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn log_filtered(&mut self, filter: &LogFilter) -> Result<Vec<LogEntry>> {
        let limit = filter.limit.filter(|_| filter.is_plain());
        let mut entries = Store::new(&self.db).read_journal(&mut self.db, filter.after, limit)?;
        entries.retain(|entry| filter.wants(entry));
        if let Some(limit) = filter.limit {
            entries.drain(..entries.len().saturating_sub(limit));
        }
        Ok(entries)
    }

    /// Walks the chain of the journal and holds it against the history, the stored ways down, and an anchor. Reads
    /// only.
    ///
    /// # Errors
    /// When the database cannot be read; what is wrong with the journal is in the report.
    pub fn verify_journal(&mut self, anchor: Option<&Anchor>) -> Result<JournalReport> {
        let store = Store::new(&self.db);
        let mut read = (Vec::new(), Told::default());
        for _ in 0..MOVES {
            let chain = store.read_chain(&mut self.db)?;
            let told = store.read_told(&mut self.db)?;
            let still = !told.journal || store.newest_id(&mut self.db)? == chain.last().map_or(0, |l| l.id);
            read = (chain, told);
            if still {
                break;
            }
        }
        let (chain, told) = read;
        let mut faults = crate::store::faults_of_chain(&chain);
        faults.extend(anchor.and_then(|anchor| fault_of_anchor(&chain, anchor)));
        let (adopted, of_history) = told.against(&chain);
        faults.extend(of_history);
        Ok(JournalReport {
            database: self.local.name.clone(),
            engine: self.local.dialect.as_str(),
            rows: chain.len() as u64,
            head: chain.last().map(|link| JournalHead { id: link.id, hash: link.hash.clone() }),
            anchored: anchor.map(|anchor| anchor.row),
            adopted,
            faults,
        })
    }

    /// The newest row of the journal, to be written down elsewhere; `None` before the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn anchor(&mut self) -> Result<Option<Anchor>> {
        let newest = Store::new(&self.db).read_journal(&mut self.db, None, Some(1))?;
        Ok(newest.into_iter().next_back().map(|entry| Anchor {
            database: self.local.name.clone(),
            row: entry.id,
            hash: entry.hash,
            at: entry.at,
        }))
    }
}

/// The row that was written down must be there, with that hash.
fn fault_of_anchor(chain: &[Link], anchor: &Anchor) -> Option<JournalFault> {
    let newest = chain.last().map_or(0, |link| link.id);
    let message = match chain.binary_search_by_key(&anchor.row, |link| link.id) {
        Ok(at) if chain[at].hash == anchor.hash => return None,
        Ok(at) => format!(
            "row {} has the hash {}, and the anchor of {} says {}: it or a row before it was rewritten",
            anchor.row, chain[at].hash, anchor.at, anchor.hash
        ),
        Err(_) if newest < anchor.row => format!(
            "the anchor of {} names row {}, and the newest row is {newest}: the tail was removed, or this is another database",
            anchor.at, anchor.row
        ),
        Err(_) => format!("the anchor of {} names row {}, which is not there", anchor.at, anchor.row),
    };
    Some(JournalFault::row("anchor", anchor.row, message))
}
