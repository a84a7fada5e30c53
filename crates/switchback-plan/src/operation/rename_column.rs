//! `rename_column`.

use super::look::{refused, wrong};
use super::{Against, Compile, Compiled, Part, naming};
use crate::error::Result;
use crate::quote;
use crate::schema::{Column, Name, Table};
use serde::Deserialize;

/// Gives a column another name; what refers to it follows, the names of constraints and indexes stay.
///
/// The way down gives the old name back. Bodies of functions are text: PostgreSQL does not change them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameColumn {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: String,
    /// Its new name.
    pub to: String,
}

impl RenameColumn {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, &'a Column)> {
        let table = against.table(&self.table)?;
        let column = against.column_of(table, &self.column)?;
        if table.column(&self.to, against.dialect()).is_some() {
            return Err(wrong(format!("the table {} has a column {} already", table.name, self.to))
                .hint("choose another name"));
        }
        Ok((table, column))
    }

    fn step(&self) -> String {
        naming::step(&["rename_column", &self.table.name, &self.column])
    }
}

fn rename(table: &Name, from: &str, to: &str) -> String {
    format!("ALTER TABLE {} RENAME COLUMN {} TO {}", table.sql(), quote::ident(from), quote::ident(to))
}

impl Compile for RenameColumn {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (_table, _column) = self.check(against)?;
        Err(refused("not built yet"))
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, column) = self.check(against)?;
        Ok(Compiled {
            up: vec![Part::transaction(self.step(), vec![rename(&table.name, &column.name, &self.to)])],
            down: vec![Part::transaction(self.step(), vec![rename(&table.name, &self.to, &column.name)])],
            notices: Vec::new(),
        })
    }
}
