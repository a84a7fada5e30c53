//! `add_foreign_key`: a foreign key more.

use super::add_check::{added, with_constraint};
use super::column::{Constraints, ReferencesSpec, list};
use super::look::wrong;
use super::{Against, Compile, Compiled};
use crate::error::Result;
use crate::schema::{Name, Table};
use serde::Deserialize;

/// Adds a foreign key. On PostgreSQL rows that are there are looked at in a step of its own, while others read and write.
///
/// The way down drops it. An index on the columns is `add_index`'s: without one, deleting what is referred to is slow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddForeignKey {
    /// The table.
    pub table: Name,
    /// Its columns.
    pub columns: Vec<String>,
    /// What they refer to.
    pub references: ReferencesSpec,
    /// `table_column_fkey` where it is not given.
    pub name: Option<String>,
}

impl AddForeignKey {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, String, String)> {
        let table = against.table(&self.table)?;
        if self.columns.is_empty() {
            return Err(wrong("the foreign key has no columns").hint("write columns = [\"…\"]"));
        }
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            columns.push(against.column_of(table, column)?.name.clone());
        }
        let mut parts = vec![table.name.name.as_str()];
        parts.extend(columns.iter().map(String::as_str));
        parts.push("fkey");
        let name = Constraints::of(Some(table)).name(self.name.as_deref(), &parts)?;
        let references = self.references.sql(columns.len(), None, against)?;
        Ok((table, name, format!("FOREIGN KEY ({}) {references}", list(&columns))))
    }
}

impl Compile for AddForeignKey {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, name, definition) = self.check(against)?;
        with_constraint("add_foreign_key", table, &name, &definition, against)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, name, definition) = self.check(against)?;
        Ok(added("add_foreign_key", table, &name, &definition))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;

    #[test]
    fn rows_are_looked_at_in_a_step_of_its_own() {
        let fields = "type = \"add_foreign_key\"\ntable = \"users\"\ncolumns = [\"id\"]\n";
        let users = users(Dialect::Postgres);
        insta::assert_snapshot!(shown(&format!(
            "{fields}references = {{ table = \"users\", on_delete = \"set_null\" }}"
        )));
        insta::assert_snapshot!(refusal(
            &format!("{fields}references = {{ table = \"users\", columns = [\"id\", \"email\"] }}"),
            &users
        ));
    }
}
