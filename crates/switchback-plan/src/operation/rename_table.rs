//! `rename_table`.

use super::look::refused;
use super::sqlite::restored;
use super::{Against, Compile, Compiled, Part, naming};
use crate::error::Result;
use crate::quote;
use crate::schema::{Name, Table};
use serde::Deserialize;

/// Gives a table another name; what refers to it follows, the names of its constraints and indexes stay.
///
/// The way down gives the old name back. Bodies of functions are text: PostgreSQL does not change them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameTable {
    /// The table.
    pub table: Name,
    /// Its new name, in the same schema.
    pub to: String,
}

impl RenameTable {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, Name)> {
        let table = against.table(&self.table)?;
        let to = match self.to.split_once('.') {
            None => table.name.sibling(&*self.to),
            Some((schema, name)) if table.name.schema.as_deref() == Some(schema) => table.name.sibling(name),
            Some(_) => {
                return Err(refused(format!("{} would move to another schema", table.name))
                    .hint("write an operation `sql` with ALTER TABLE … SET SCHEMA, both ways"));
            }
        };
        against.free(&to)?;
        Ok((table, to))
    }

    fn step(&self) -> String {
        naming::step(&["rename_table", &self.table.name])
    }
}

fn rename(from: &Name, to: &Name) -> String {
    format!("ALTER TABLE {} RENAME TO {}", from.sql(), quote::ident(&to.name))
}

impl Compile for RenameTable {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, to) = self.check(against)?;
        let old = &table.name.name;
        let mut down = vec![rename(&to, &table.name)];
        // SQLite writes the new name in quotes, wherever it was.
        down.extend(restored(against.schema, table, old, |written| written == quote::ident(old)));
        Ok(Compiled {
            up: vec![Part::transaction(self.step(), vec![rename(&table.name, &to)])],
            down: vec![Part::transaction(self.step(), down)],
            notices: Vec::new(),
        })
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, to) = self.check(against)?;
        Ok(Compiled {
            up: vec![Part::transaction(self.step(), vec![rename(&table.name, &to)])],
            down: vec![Part::transaction(self.step(), vec![rename(&to, &table.name)])],
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
        insta::assert_snapshot!(shown("type = \"rename_table\"\ntable = \"users\"\nto = \"people\""));
        insta::assert_snapshot!(refusal(
            "type = \"rename_table\"\ntable = \"users\"\nto = \"other.users\"",
            &users(Dialect::Sqlite)
        ));
    }
}
