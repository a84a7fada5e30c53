//! `rename_column`.

use super::look::wrong;
use super::sqlite::{bare, restored};
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
        against.fits(&self.to)?;
        // SQLite: another spelling of its own name is free.
        if table
            .column(&self.to, against.dialect())
            .is_some_and(|c| c.name != column.name || c.name == self.to)
        {
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
        let (table, column) = self.check(against)?;
        let (old, new) = (&column.name, &self.to);
        // With bare names SQLite leaves the quotes of every place as they are.
        let rename = |from: &str, to: &str| {
            format!("ALTER TABLE {} RENAME COLUMN {} TO {}", table.name.sql(), bare(from), bare(to))
        };
        let both_bare = bare(old) == *old && bare(new) == *new;
        let exact = |written: &str| written == quote::ident(old) || (both_bare && written == old);
        let mut down = vec![rename(new, old)];
        down.extend(restored(against.schema, table, old, exact));
        Ok(Compiled {
            up: vec![Part::transaction(self.step(), vec![rename(old, new)])],
            down: vec![Part::transaction(self.step(), down)],
            notices: Vec::new(),
        })
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

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;

    #[test]
    fn the_old_name_comes_back_byte_for_byte() {
        insta::assert_snapshot!(shown(
            "type = \"rename_column\"\ntable = \"users\"\ncolumn = \"name\"\nto = \"full name\""
        ));
        insta::assert_snapshot!(refusal(
            "type = \"rename_column\"\ntable = \"users\"\ncolumn = \"name\"\nto = \"email\"",
            &users(Dialect::Sqlite)
        ));
    }
}
