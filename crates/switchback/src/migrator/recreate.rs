//! `repair --recreate`: indexes that are missing, built again as the migrations made them.

use super::drift::refuse_half_applied;
use super::{Connected, Intent};
use crate::drift::Extent;
use crate::report::Report;
use crate::schema::{self, Depth, Scope};
use crate::scratch;
use crate::set::Source;
use switchback_plan::operation::{Again, index_again};
use switchback_plan::saved::Action;
use switchback_plan::schema::{Index, Name, Schema, Table};
use switchback_plan::words::plural;
use switchback_plan::{Dialect, Direction, Error, ErrorKind, Result};

/// An index that is to be built again.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    pub table: Name,
    pub index: Name,
    pub again: Again,
    /// PostgreSQL: an INVALID one of that name is in its place, as a failed build leaves it.
    pub leftover: bool,
}

/// Indexes that are to be built again: from [`Connected::missing_indexes`].
#[derive(Debug, Clone)]
pub struct Rebuild {
    missing: Vec<Missing>,
    /// Sentences about missing indexes that are not built.
    refused: Vec<String>,
    extent: Extent,
}

impl Rebuild {
    /// What is about to be done, to be shown to a person first.
    pub fn intent(&self) -> Intent {
        let mut writes = Vec::new();
        for missing in &self.missing {
            let Missing { table, index, again, leftover } = missing;
            if *leftover {
                writes.push(format!(
                    "index {index} on {table}: the INVALID one that a failed build left is dropped"
                ));
            }
            writes.push(format!("index {index} on {table}: {}", again.create));
            writes.extend(again.after.iter().map(|also| format!("index {index} on {table}: {also}")));
        }
        writes.push(format!(
            "journal: {} `repaired`",
            match self.missing.len() {
                1 => "a row".to_owned(),
                rows => plural(rows, "row"),
            }
        ));
        writes.extend(self.refused.iter().map(|what| format!("not built: {what}")));
        Intent { writes }
    }
}

impl Connected {
    /// Which indexes are missing that the applied migrations made, or that are INVALID, with their definitions. Reads only;
    /// the applied migrations are replayed on a throwaway database, which alone knows the definitions.
    ///
    /// # Errors
    /// When none is missing whose definition the migrations know, and as [`Connected::drift_report`].
    pub fn missing_indexes(&mut self, source: &Source, on: &scratch::Options) -> Result<Rebuild> {
        let state = self.read(false)?;
        refuse_half_applied(&state)?;
        let mut replay = self.replayed(&state, source, on)?;
        let made = schema::read(&mut replay.connected.db, &Scope::All, Depth::Compile)?.without_kept();
        drop(replay);
        let extent = Extent::made(&made);
        let live = extent.read(&mut self.db)?;
        let (missing, refused) = held_against(&made, &live);
        if missing.is_empty() {
            let none = "no index is missing whose definition the migrations know";
            let message = match refused.as_slice() {
                [] => none.to_owned(),
                refused => format!("{none}: {}", refused.join("; ")),
            };
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("`drift` shows all that differs, object by object; nothing was changed"));
        }
        Ok(Rebuild { missing, refused, extent })
    }

    /// Builds them, each recorded as soon as it is there, under the lock: on PostgreSQL without keeping writers out, on
    /// SQLite all in one transaction. What was built before an error stays, and the same call builds the others.
    ///
    /// # Errors
    /// When one cannot be built, or is there meanwhile.
    pub fn recreate(&mut self, rebuild: &Rebuild) -> Result<Report> {
        self.locked(|this| {
            let state = this.read(true)?;
            this.must_hold(&state, &[Action::Repair])?;
            refuse_half_applied(&state)?;
            let live = rebuild.extent.read(&mut this.db)?;
            for missing in &rebuild.missing {
                if let Some((_, there)) = index_of(&live, &missing.index).filter(|(_, i)| i.valid) {
                    return Err(Error::new(
                        ErrorKind::Moved,
                        format!("the index {} is there meanwhile; nothing was changed", there.name),
                    )
                    .hint("run the same command again: it looks anew"));
                }
            }
            this.run(state, |run| run.recreate(&rebuild.missing))
        })?;
        Ok(Report {
            database: self.local.name.clone(),
            engine: self.local.dialect.as_str(),
            direction: Direction::Up.as_str(),
            ..Report::default()
        })
    }
}

/// What is missing and can be built, and sentences about the rest.
fn held_against(made: &Schema, live: &Schema) -> (Vec<Missing>, Vec<String>) {
    let (mut missing, mut refused) = (Vec::new(), Vec::new());
    for table in &made.tables {
        for index in &table.indexes {
            let leftover = match index_of(live, &index.name) {
                // Another one under its name is a difference that nobody can resolve but a person.
                Some((of, there)) if of.name == table.name => !there.valid && index.valid,
                Some((of, _)) => {
                    refused.push(format!(
                        "the name {} is taken by an index on {}, and it was one on {}",
                        index.name, of.name, table.name
                    ));
                    continue;
                }
                None => false,
            };
            if !leftover && index_of(live, &index.name).is_some() {
                continue;
            }
            match buildable(made.dialect, table, index, live) {
                Ok(Some(again)) => missing.push(Missing {
                    table: table.name.clone(),
                    index: index.name.clone(),
                    again,
                    leftover,
                }),
                Ok(None) => {}
                Err(why) => refused.push(why),
            }
        }
    }
    (missing, refused)
}

fn buildable(
    dialect: Dialect,
    table: &Table,
    index: &Index,
    live: &Schema,
) -> std::result::Result<Option<Again>, String> {
    // One that a constraint made by itself has no name that anybody gave it, and is gone only with the table.
    if index.constraint.as_deref() == Some("") {
        return Ok(None);
    }
    let label = format!("{} on {}", index.name, table.name);
    let Some(there) = live.table(&table.name) else {
        return Err(format!("the table of the index {label} is not there"));
    };
    if let Some(constraint) = &index.constraint {
        return Err(format!(
            "the index {label} belongs to the constraint {constraint}, which is to be added again by ALTER TABLE"
        ));
    }
    if let Some(column) = index.mentions.iter().find(|c| there.column(c, dialect).is_none()) {
        return Err(format!("the index {label} is made of {column}, and {} has no such column", table.name));
    }
    match (index_again(dialect, table, index), index.fact("partition of")) {
        (Some(again), _) => Ok(Some(again)),
        // It comes with that of the partitioned table.
        (None, Some(parent)) if index_of(live, &Name::parse(parent)).is_none() => Ok(None),
        (None, Some(parent)) => {
            Err(format!("the index {label} is a part of {parent}: build it and attach it by hand"))
        }
        (None, None) => Err(format!("nothing says how the index {label} was made")),
    }
}

fn index_of<'s>(schema: &'s Schema, name: &Name) -> Option<(&'s Table, &'s Index)> {
    schema.tables.iter().find_map(|t| t.indexes.iter().find(|i| i.name == *name).map(|i| (t, i)))
}
