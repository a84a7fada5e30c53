//! What migrations and restores keep aside: looked at, brought back, and dropped when nobody needs it any more.

mod carry_out;
mod find;
mod restore;

use super::Connected;
use super::drift::refuse_half_applied;
use crate::store::State;
use crate::value::{format_timestamp, parse_timestamp};
use find::Item;
use serde::Serialize;
use std::time::Duration;
use switchback_plan::saved::Action;
use switchback_plan::schema::{Name, Schema};
use switchback_plan::words::plural;
use switchback_plan::{Error, ErrorKind, Result};
use time::OffsetDateTime;

/// Something that is kept aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The table or database.
    pub name: String,
    /// `values` of columns, `spellings` of keys, `rows` that could not be converted, an `archive` of a table, `rejects` of a
    /// migration in Rust, or a whole `database` from before a restore.
    pub kind: &'static str,
    /// What it was: `users.name`, `users`; none where nothing says so.
    pub of: Option<String>,
    /// The version of the migration that put it there.
    pub version: Option<i64>,
    /// The name of that migration.
    pub migration: Option<String>,
    /// Since when it is there; RFC 3339.
    pub since: Option<String>,
    /// How many rows; of a database nobody counts them.
    pub rows: Option<u64>,
    /// Its size, indexes included; none where the engine does not tell.
    pub bytes: Option<u64>,
    /// The applied migrations whose way down works with it.
    pub needed_by: Vec<i64>,
}

/// What `kept list` shows.
#[derive(Debug, Clone, Serialize)]
pub struct KeptReport {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// Sorted by name.
    pub kept: Vec<Kept>,
}

/// A change of what is kept aside, chosen and not yet carried out.
#[derive(Debug, Clone)]
pub struct KeptChange {
    doings: Vec<Doing>,
    /// Sentences about what stays as it is.
    spared: Vec<String>,
    /// What will have no way down any more.
    irreversible: Vec<(i64, String)>,
    /// The newest version, where the schema is held to a fingerprint that this changes.
    rebaseline: Option<i64>,
}

/// One thing to do.
#[derive(Debug, Clone)]
struct Doing {
    item: Item,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// DROP TABLE.
    Drop,
    /// Rejects that are older.
    DeleteBefore { before: OffsetDateTime },
    /// DROP DATABASE.
    DropDatabase,
    /// Values back into columns.
    Values { table: Name, pairs: Vec<(String, Option<String>)> },
    /// Rows back into their table, from there; the columns with the types that they have now.
    Rows { table: Name, columns: Vec<(String, String)> },
    /// Rejects back into the tables that they came from, with their columns.
    Rejects { sources: Vec<(String, Name, Vec<String>)> },
    /// The table itself, by these statements.
    Table { table: Name, statements: Vec<String> },
}

impl KeptChange {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.doings.is_empty()
    }

    /// What is about to be done, a line each, to be shown to a person first.
    pub fn writes(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.doings.iter().map(Doing::line).collect();
        lines.extend(
            self.irreversible
                .iter()
                .map(|(version, name)| format!("V{version}__{name} has no way down any more")),
        );
        if self.rebaseline.is_some() {
            lines.push("the schema that this leaves is taken for right".to_owned());
        }
        lines.extend(self.spared.iter().map(|what| format!("stays: {what}")));
        lines
    }
}

impl Doing {
    fn line(&self) -> String {
        let name = &self.item.kept.name;
        let rows = rows(self.item.kept.rows);
        match &self.what {
            What::Drop | What::DropDatabase => {
                let of = self.item.kept.of.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
                let rows = self.item.kept.rows.map(|_| format!(", {rows}")).unwrap_or_default();
                format!("dropped for good: {name} ({}{of}{rows})", self.item.kept.kind)
            }
            What::DeleteBefore { before } => format!(
                "deleted for good: {rows} of {name} that were rejected before {}",
                format_timestamp(*before)
            ),
            What::Values { table, pairs } => {
                let columns: Vec<&str> = pairs
                    .iter()
                    .filter(|(_, data_type)| data_type.is_some())
                    .map(|(c, _)| c.as_str())
                    .collect();
                format!("{table}: {} set to the values of {rows} in {name}, which stays", columns.join(", "))
            }
            What::Rows { table, .. } => format!("{table}: {rows} moved back from {name}, which stays, empty"),
            What::Rejects { sources } => {
                let into: Vec<String> = sources.iter().map(|(_, table, _)| table.to_string()).collect();
                format!("{}: {rows} moved back from {name}, which stays, empty", into.join(", "))
            }
            What::Table { table, .. } => format!("{table}: the table comes back from {name}, with {rows}"),
        }
    }
}

fn rows(rows: Option<u64>) -> String {
    plural(usize::try_from(rows.unwrap_or_default()).unwrap_or(usize::MAX), "row")
}

impl Connected {
    /// What is kept aside in this database, and on PostgreSQL beside it. Reads only.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn kept(&mut self) -> Result<KeptReport> {
        let (_, _, items) = self.find_kept()?;
        Ok(KeptReport {
            database: self.local.name.clone(),
            engine: self.local.dialect.as_str(),
            kept: items.into_iter().map(|item| item.kept).collect(),
        })
    }

    /// What of it is older and may go: what a way down works with stays, unless `even_needed`. Without names all are meant.
    /// Reads only.
    ///
    /// # Errors
    /// When a name is none, or all that is older is needed.
    pub fn choose_purge(
        &mut self,
        older_than: Duration,
        names: &[String],
        even_needed: bool,
    ) -> Result<KeptChange> {
        let (state, schema, items) = self.find_kept()?;
        refuse_half_applied(&state)?;
        if let Some(unknown) = names.iter().find(|name| items.iter().all(|i| i.kept.name != **name)) {
            return Err(unknown_name(unknown));
        }
        let now = self.options.clock.unwrap_or_else(OffsetDateTime::now_utc);
        let cutoff = now - older_than;
        let mut change = KeptChange::nothing();
        let mut needed = Vec::new();
        for mut item in items {
            if !names.is_empty() && !names.contains(&item.kept.name) {
                continue;
            }
            let since = item.kept.since.as_deref().and_then(parse_timestamp);
            // Whoever names a thing need not know its age, nor whose it is.
            let named = !names.is_empty();
            if since.is_some_and(|since| since > cutoff) {
                continue;
            }
            if !named && (since.is_none() || !item.ours) {
                let why = match since {
                    Some(_) if item.kept.kind == "rejects" => {
                        "no applied migration in Rust of this set is seen to put its rejects there"
                    }
                    Some(_) | None => "no migration that is applied says that it put it there",
                };
                change.spared.push(format!("{}, for {why}: name it to drop it", item.kept.name));
                continue;
            }
            if !item.kept.needed_by.is_empty() && !even_needed {
                let versions: Vec<String> = item.kept.needed_by.iter().map(|v| format!("V{v}")).collect();
                needed.push(format!(
                    "{}, for the way down of {} works with it",
                    item.kept.name,
                    versions.join(", ")
                ));
                continue;
            }
            let what = match item.kept.kind {
                "database" => What::DropDatabase,
                "rejects" => {
                    item.kept.rows = Some(self.rejected_before(&item, cutoff)?);
                    What::DeleteBefore { before: cutoff }
                }
                _ => {
                    self.refuse_dependents(&schema, &item)?;
                    What::Drop
                }
            };
            change.irreversible.extend(item.owners.iter().cloned());
            change.doings.push(Doing { item, what });
        }
        if change.doings.is_empty() && !needed.is_empty() {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("nothing can be dropped without a way down being lost: {}", needed.join("; ")),
            )
            .hint("make a backup, then say --even-needed: those migrations are irreversible from then on; nothing was changed"));
        }
        restore::refuse_referred(&schema, &change.doings)?;
        change.spared.extend(needed);
        self.settle(change)
    }

    /// How something that is kept aside comes back. Reads only.
    ///
    /// # Errors
    /// When there is no such thing, or nothing says how it would come back.
    pub fn choose_kept(&mut self, name: &str, even_needed: bool) -> Result<KeptChange> {
        let (state, schema, items) = self.find_kept()?;
        refuse_half_applied(&state)?;
        let Some(item) = items.into_iter().find(|item| item.kept.name == name) else {
            return Err(unknown_name(name));
        };
        let what = self.way_back(&schema, &item)?;
        let mut change = KeptChange::nothing();
        if matches!(what, What::Table { .. }) {
            if let Some((version, name)) = item.owners.first()
                && !even_needed
            {
                return Err(Error::new(
                    ErrorKind::Refused,
                    format!("the way down of V{version}__{name} brings {} back, and could not any more", item.kept.name),
                )
                .hint("go down to before it, or say --even-needed: the migration is irreversible from then on; nothing was changed"));
            }
            change.irreversible.clone_from(&item.owners);
        }
        change.doings.push(Doing { item, what });
        self.settle(change)
    }

    /// Carries it out under the lock, in one transaction, the rows counted before and after; databases are dropped behind it.
    ///
    /// # Errors
    /// When anything is not as it was when it was chosen, or cannot be done; nothing is changed then.
    pub fn change_kept(&mut self, change: &KeptChange) -> Result<()> {
        self.locked(|this| {
            let (state, schema, items) = this.find_kept()?;
            this.must_hold(&state, &[Action::Kept])?;
            refuse_half_applied(&state)?;
            for doing in &change.doings {
                let same = items.iter().any(|item| {
                    let (is, was) = (&item.kept, &doing.item.kept);
                    let rows = matches!(doing.what, What::DeleteBefore { .. }) || is.rows == was.rows;
                    is.name == was.name && is.kind == was.kind && is.needed_by == was.needed_by && rows
                });
                if !same {
                    return Err(moved(&doing.item.kept.name));
                }
            }
            restore::refuse_referred(&schema, &change.doings)?;
            let extent = change.rebaseline.map(|head| this.extent(head)).transpose()?;
            this.run(state, |run| run.change_kept(change, extent.as_ref()))
        })
    }

    /// An archive belongs to the schema that is held against a fingerprint; what is kept under our own prefix does not.
    fn settle(&mut self, mut change: KeptChange) -> Result<KeptChange> {
        change.irreversible.sort();
        change.irreversible.dedup();
        if !change.doings.iter().any(Doing::changes_schema) {
            return Ok(change);
        }
        match self.drift()? {
            None => {}
            Some((head, layers)) if layers.is_empty() => change.rebaseline = Some(head),
            Some((head, layers)) => return Err(crate::drift::refusal(head, &layers)
                .hint("this changes the schema, and what differs already would be taken for right with it: resolve that first (`drift`); nothing was changed")),
        }
        Ok(change)
    }
}

impl Doing {
    fn changes_schema(&self) -> bool {
        match self.what {
            What::Table { .. } => true,
            What::Drop => self.item.kept.kind == "archive",
            What::DeleteBefore { .. }
            | What::DropDatabase
            | What::Values { .. }
            | What::Rows { .. }
            | What::Rejects { .. } => false,
        }
    }
}

impl KeptChange {
    fn nothing() -> KeptChange {
        KeptChange { doings: Vec::new(), spared: Vec::new(), irreversible: Vec::new(), rebaseline: None }
    }
}

fn unknown_name(name: &str) -> Error {
    Error::new(ErrorKind::Config, format!("nothing of the name {name} is kept aside"))
        .hint("`kept list` shows what is")
}

fn moved(name: &str) -> Error {
    Error::new(ErrorKind::Moved, format!("{name} is not what it was a moment ago; nothing was changed"))
        .hint("run the same command again: it looks anew")
}

/// What was found: the state of the history, the schema, and what is kept aside.
type Found = (State, Schema, Vec<Item>);
