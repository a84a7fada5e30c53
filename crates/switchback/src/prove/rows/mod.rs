//! Rows for a proof: the migration's own sample, and generated ones in every table that has too few.

mod attempt;
mod check;
mod circle;
mod donor;
mod kind;
mod known;
mod pattern;
mod pool;
mod table;
mod value;

use super::chunk::Prover;
use super::compare::Snapshot;
use super::report::Unfilled;
use super::text_of;
use crate::db::{Begin, Database};
use attempt::attempt;
use kind::{Kind, Types};
use std::collections::{BTreeMap, BTreeSet};
use switchback_plan::operation::Operation;
use switchback_plan::operation::convert_key::KeyColumn;
use switchback_plan::schema::{Schema, Table};
use switchback_plan::{Error, Location, Migration, MigrationSet, Result, Script};
use table::{Filler, Style, TRIES};

pub(super) use donor::Donor;

/// How tame generated rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Everything that the schema allows.
    Hostile,
    /// Short words, small numbers, no NULL where a value can be.
    Tame,
    /// The same, referring to other rows, and only one in each of the tables that the migration names: it may insert
    /// there itself.
    Shifted,
    /// The same, and none in the tables that the migration names.
    Others,
    /// None at all.
    None,
}

impl Level {
    pub const ALL: [Level; 5] = [Level::Hostile, Level::Tame, Level::Shifted, Level::Others, Level::None];
}

/// A table with fewer rows is given more.
const FEW: u64 = 3;
/// How many it is given.
const ROWS: u32 = 4;
/// How many more when it has other columns than before.
const MORE: u32 = 2;
/// How often each of those is mended before it is given up.
const TRIES_FOR_MORE: usize = 30;

/// What is known about the tables of one database.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// The columns that each table had when it was last given rows.
    columns: BTreeMap<String, Vec<String>>,
    /// Tables that refuse rows: as they were, and what the server said.
    refused: BTreeMap<String, (Table, String)>,
    /// The number of the next row.
    next: u32,
    /// What each table took while it had few rows: as it was, in which style, and the statement. For the databases to
    /// come.
    taken: BTreeMap<String, (Table, Style, String)>,
}

impl Filled {
    /// What is known of another database of the same history, with other rows.
    pub fn elsewhere(self) -> Filled {
        Filled { next: self.next, taken: self.taken, ..Filled::default() }
    }

    /// What the server said about one of these tables.
    pub fn refusal(&self, tables: &[&str]) -> Option<&str> {
        tables.iter().find_map(|t| self.refused.get(*t)).map(|(_, said)| said.as_str())
    }
}

/// Puts rows into every table that has too few, and says what is there then.
pub(super) fn fill(
    prover: &mut Prover<'_>,
    m: &Migration,
    level: Level,
    refused: Option<&Error>,
) -> Result<Snapshot> {
    if let Some(sample) = m.sample.as_ref() {
        insert(prover, sample)?;
        prover.now = None;
    }
    let mut known = prover.known()?;
    if level == Level::None {
        return Ok(known);
    }
    let schema = std::rc::Rc::clone(&known.schema);
    let named = match level {
        Level::Hostile => BTreeSet::new(),
        _ => super::one::names_of(schema.dialect, m),
    };
    let is_named = |table: &Table| named.contains(&table.name.name.to_lowercase());
    let rows = known.content.rows();
    let mut wanted: Vec<(&Table, bool)> = Vec::new();
    for table in schema.tables.iter().filter(|t| can_hold_rows(t)) {
        let shown = table.name.to_string();
        let columns: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
        let has = rows.get(&shown).copied().unwrap_or_default();
        let filled = &prover.filled;
        if level == Level::Others && is_named(table) {
            continue;
        }
        if has < FEW {
            if filled.refused.get(&shown).is_none_or(|(was, _)| was != table) {
                wanted.push((table, false));
            }
        } else if filled.columns.get(&shown).is_none_or(|was| *was != columns) {
            wanted.push((table, true));
        }
    }
    if wanted.is_empty() {
        return Ok(known);
    }
    let plain =
        Style { tame: level != Level::Hostile, uuids: converted(&prover.ground.set), ..Style::default() };
    let style = Style {
        text: refused.and_then(|e| asked_for(e, &schema)),
        also: refused.map_or_else(String::new, |_| text_of(&m.up).to_owned()),
        shift: if level >= Level::Shifted { 5 } else { 0 },
        ..plain.clone()
    };
    // The others get the same at each level, and what they took in another database.
    let wanted = wanted
        .into_iter()
        .map(|(table, more)| {
            let is_named = is_named(table);
            let count = match () {
                () if more => MORE,
                () if is_named && level == Level::Shifted => 1,
                () => ROWS,
            };
            Wanted { table, count, more, style: if is_named { &style } else { &plain } }
        })
        .collect();
    let version = m.version;
    if generate(prover, &schema, wanted, version)? {
        known.content = prover.content(&schema)?;
    }
    Ok(known)
}

/// The columns that some migration of the set converts to UUIDs.
fn converted(set: &MigrationSet) -> Vec<KeyColumn> {
    let operations = set.migrations.iter().flat_map(|m| &m.settings.operations);
    operations
        .filter_map(|declared| match &declared.operation {
            Operation::ConvertKey(convert) => convert.columns().ok(),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Partitions are filled through their root; foreign tables are another server's.
fn can_hold_rows(table: &Table) -> bool {
    table.fact("partition of").is_none() && table.fact("kind") != Some("foreign")
}

/// Parents before their children; whether anything was inserted.
fn generate(prover: &mut Prover<'_>, schema: &Schema, wanted: Vec<Wanted<'_>>, version: i64) -> Result<bool> {
    let filled = std::mem::take(&mut prover.filled);
    let donor = prover.donor.take();
    let db = &mut prover.connected()?.db;
    let mut work = Generator { db, schema, types: Types::new(schema), filled, donor, any: false };
    let done = work.all(wanted);
    let Generator { filled, donor, any, .. } = work;
    prover.donor = donor;
    done?;
    for (table, (_, error)) in &filled.refused {
        if !prover.unfilled.iter().any(|u| u.table == *table) {
            prover.unfilled.push(Unfilled { version, table: table.clone(), error: error.clone() });
        }
    }
    prover.filled = filled;
    Ok(any)
}

/// A table that is given so many rows.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    table: &'a Table,
    count: u32,
    /// It has rows already.
    more: bool,
    style: &'a Style,
}

/// What generates rows for some tables of one database.
struct Generator<'a> {
    db: &'a mut Database,
    schema: &'a Schema,
    types: Types<'a>,
    filled: Filled,
    donor: Option<Donor>,
    /// Whether anything was tried.
    any: bool,
}

impl<'a> Generator<'a> {
    fn all(&mut self, mut wanted: Vec<Wanted<'a>>) -> Result<()> {
        let postgres = matches!(self.db, Database::Postgres(_));
        if postgres {
            self.db.begin(&Begin::default(), &[])?;
        }
        if let Database::Postgres(db) = self.db {
            // A key that waits until the commit would refuse all rows there, and not the one that is wrong.
            db.script("SET CONSTRAINTS ALL IMMEDIATE")?;
        }
        while !wanted.is_empty() {
            let pending: BTreeSet<String> = wanted.iter().map(|w| w.table.name.to_string()).collect();
            let waits = |table: &Table| {
                table
                    .constraints
                    .iter()
                    .filter_map(|c| c.references.as_ref())
                    .any(|r| r.table != table.name && pending.contains(&r.table.to_string()))
            };
            let (waiting, mut ready): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|w| waits(w.table));
            wanted = waiting;
            if ready.is_empty() {
                // A circle. Whoever may leave a key empty begins; where nobody may, all at once.
                let tables: Vec<&Table> = wanted.iter().map(|w| w.table).collect();
                let circle = circle::of(&tables);
                let first = circle.iter().find(|t| circle::may_begin(t, &circle, self.schema));
                let begins: Vec<&Table> = first.map_or_else(|| circle.clone(), |first| vec![*first]);
                (ready, wanted) =
                    wanted.into_iter().partition(|w| begins.iter().any(|b| b.name == w.table.name));
                if first.is_none() && self.at_once(&ready)? {
                    continue;
                }
            }
            for one in ready {
                self.one(one)?;
            }
        }
        if postgres {
            self.db.commit(&[]).inspect_err(|_| db_rolled_back())?;
        }
        Ok(())
    }

    fn one(&mut self, Wanted { table, count, more, style }: Wanted<'_>) -> Result<()> {
        let shown = table.name.to_string();
        // Also where nothing is taken: a trigger may have moved a sequence.
        self.any = true;
        if let Some(donor) = &mut self.donor
            && u64::from(donor.copy(self.db, self.schema, table)?) >= FEW
        {
            self.has_rows(table);
            return Ok(());
        }
        if !more
            && let Some((was, in_style, statement)) = self.filled.taken.get(&shown)
            && (was, in_style) == (table, style)
            && attempt(self.db, statement)?.is_none()
        {
            self.has_rows(table);
            return Ok(());
        }
        let filler = Filler::new(self.db, self.schema, &self.types, table, style)?;
        let tries = if more { TRIES_FOR_MORE } else { TRIES };
        let (taken, refused) = filler.fill(self.db, self.filled.next, count, tries)?;
        self.filled.next += count;
        match refused.filter(|_| taken.is_empty() && !more) {
            Some(e) => {
                self.filled.refused.insert(shown, (table.clone(), e.message().to_owned()));
            }
            None => {
                self.has_rows(table);
                if !more && !filler.is_guessing() {
                    let statement = filler.insert(&taken);
                    self.filled.taken.insert(shown, (table.clone(), style.clone(), statement));
                }
            }
        }
        Ok(())
    }

    /// Tables that refer to each other, and the keys cannot be empty; whether nothing is left to be done for them.
    fn at_once(&mut self, tables: &[Wanted<'_>]) -> Result<bool> {
        let whole = tables.iter().map(|w| w.count).max().unwrap_or(ROWS);
        for (tame, count) in [(false, whole), (true, whole), (true, 1)] {
            let mut fillers = Vec::with_capacity(tables.len());
            for Wanted { table, style, .. } in tables {
                let style = Style { tame: style.tame || tame, ..(*style).clone() };
                fillers.push(Filler::new(self.db, self.schema, &self.types, table, &style)?);
            }
            let refused = circle::fill(self.db, &mut fillers, self.filled.next, count)?;
            self.filled.next += count;
            if refused.is_none() {
                self.any = true;
                tables.iter().for_each(|w| self.has_rows(w.table));
                // With the first rows there, others can follow one by one.
                return Ok(count == whole);
            }
        }
        Ok(false)
    }

    fn has_rows(&mut self, table: &Table) {
        let shown = table.name.to_string();
        self.filled.refused.remove(&shown);
        self.filled.columns.insert(shown, table.columns.iter().map(|c| c.name.clone()).collect());
    }
}

fn db_rolled_back() {
    tracing::debug!("generated rows were refused at their commit");
}

/// What texts must look like, when an up could not read them as something else.
fn asked_for(e: &Error, schema: &Schema) -> Option<Kind> {
    let message = e.message();
    let (_, rest) = message.split_once("invalid input ")?;
    if let Some(name) = rest.strip_prefix("value for enum ").and_then(|r| r.split(':').next()) {
        return Some(Types::new(schema).typed(schema.dialect, name).kind);
    }
    let name = rest.strip_prefix("syntax for type ")?.split(':').next()?;
    match name {
        "boolean" => Some(Kind::OneOf(vec!["true".to_owned(), "false".to_owned()])),
        // A number as text is a number.
        name => Some(Types::new(schema).typed(schema.dialect, name).kind),
    }
}

/// Runs the statements of a `sample.sql`.
fn insert(prover: &mut Prover<'_>, sample: &Script) -> Result<()> {
    let db = &mut prover.connected()?.db;
    db.begin(&Begin::default(), &[])?;
    let ran = sample.steps.iter().try_for_each(|step| match db.run_step(sample, step) {
        Ok(_) => Ok(()),
        Err(failed) => Err(failed.error.at(match failed.offset {
            Some(offset) => Location::in_text(&sample.file, &sample.text, offset),
            None => Location::file(&sample.file),
        })),
    });
    match ran {
        Ok(()) => db.commit(&[]),
        Err(e) => {
            db.rollback();
            Err(e)
        }
    }
}
