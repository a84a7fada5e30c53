//! `add_check`: a condition more.

use super::column::Constraints;
use super::field::Expression;
use super::look::is_partitioned;
use super::postgres::{add_constraint, drop_constraint, validate};
use super::{Against, Compile, Compiled, Part, naming, sqlite};
use crate::error::Result;
use crate::quote;
use crate::schema::{Name, Table};
use serde::Deserialize;

/// Adds a condition that every row must meet. On PostgreSQL rows that are there are looked at in a step of its own, while
/// others read and write.
///
/// The way down drops it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddCheck {
    /// The table.
    pub table: Name,
    /// What must not be false.
    pub check: Expression,
    /// `table_check` where it is not given.
    pub name: Option<String>,
}

impl AddCheck {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, String, String)> {
        let table = against.table(&self.table)?;
        let name = Constraints::of(Some(table)).name(self.name.as_deref(), &[&table.name.name, "check"])?;
        let definition = format!("CHECK ({})", self.check.expression("check", against.dialect())?);
        Ok((table, name, definition))
    }
}

/// A constraint that is added without looking at the rows, which are looked at in a step of its own.
pub(super) fn added(what: &str, table: &Table, name: &str, definition: &str) -> Compiled {
    let step = naming::step(&[what, name]);
    let look = naming::step(&[what, name, "validate"]);
    if is_partitioned(table) && definition.starts_with("FOREIGN KEY") {
        // Such a one cannot be looked at later.
        return Compiled {
            up: vec![Part::transaction(&step, vec![add_constraint(&table.name, name, definition)])],
            down: vec![Part::transaction(&step, vec![drop_constraint(&table.name, name)])],
            notices: vec![format!("{} is partitioned: its rows are looked at under a lock", table.name)],
        };
    }
    let add = add_constraint(&table.name, name, &format!("{definition} NOT VALID"));
    Compiled {
        up: vec![
            Part::transaction(&step, vec![add]),
            Part::transaction(&look, vec![validate(&table.name, name)]),
        ],
        down: vec![Part::transaction(&step, vec![drop_constraint(&table.name, name)])],
        notices: Vec::new(),
    }
}

/// SQLite: the table with a constraint more.
pub(super) fn with_constraint(
    what: &str,
    table: &Table,
    name: &str,
    definition: &str,
    against: &Against<'_>,
) -> Result<Compiled> {
    let new =
        sqlite::text(table)?.add_constraint(&format!("CONSTRAINT {} {definition}", quote::ident(name)))?;
    sqlite::rebuilt(&naming::step(&[what, name]), table, &new, &[], &[], against)
}

impl Compile for AddCheck {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, name, definition) = self.check(against)?;
        with_constraint("add_check", table, &name, &definition, against)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, name, definition) = self.check(against)?;
        Ok(added("add_check", table, &name, &definition))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;

    #[test]
    fn rows_are_looked_at_in_a_step_of_its_own() {
        insta::assert_snapshot!(shown("type = \"add_check\"\ntable = \"users\"\ncheck = \"email <> ''\""));
    }
}
