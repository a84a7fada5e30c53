//! `add_unique`: a unique constraint more.

use super::add_check::with_constraint;
use super::column::{Constraints, list};
use super::look::{is_partitioned, wrong};
use super::postgres::{add_constraint, alter, drop_constraint};
use super::{Against, Compile, Compiled, Part, naming};
use crate::error::Result;
use crate::quote;
use crate::schema::{Name, Table};
use serde::Deserialize;

/// Adds a unique constraint. On PostgreSQL its index is built first, concurrently, and then taken over.
///
/// The way down drops it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddUnique {
    /// The table.
    pub table: Name,
    /// Its columns.
    pub columns: Vec<String>,
    /// `table_column_key` where it is not given.
    pub name: Option<String>,
}

impl AddUnique {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, String, String)> {
        let table = against.table(&self.table)?;
        if self.columns.is_empty() {
            return Err(wrong("the constraint has no columns").hint("write columns = [\"…\"]"));
        }
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            columns.push(against.column_of(table, column)?.name.clone());
        }
        let mut parts = vec![table.name.name.as_str()];
        parts.extend(columns.iter().map(String::as_str));
        parts.push("key");
        let name = Constraints::of(Some(table)).index(self.name.as_deref(), &parts, &table.name, against)?;
        Ok((table, name, list(&columns)))
    }
}

impl Compile for AddUnique {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, name, columns) = self.check(against)?;
        with_constraint("add_unique", table, &name, &format!("UNIQUE ({columns})"), against)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, name, columns) = self.check(against)?;
        let index = table.name.sibling(&*name);
        against.free(&index)?;
        let step = naming::step(&["add_unique", &name]);
        if is_partitioned(table) {
            let add = add_constraint(&table.name, &name, &format!("UNIQUE ({columns})"));
            return Ok(Compiled {
                up: vec![Part::transaction(&step, vec![add])],
                down: vec![Part::transaction(&step, vec![drop_constraint(&table.name, &name)])],
                notices: vec![format!("{} is partitioned: its index is built under a lock", table.name)],
            });
        }
        let build = naming::step(&["add_unique", &name, "index"]);
        let ident = quote::ident(&name);
        let create = format!("CREATE UNIQUE INDEX CONCURRENTLY {ident} ON {} ({columns})", table.name.sql());
        let take = alter(&table.name, format!("ADD CONSTRAINT {ident} UNIQUE USING INDEX {ident}"));
        // Where only the index was built so far, there is no constraint that would take it along.
        let clear = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", index.sql());
        Ok(Compiled {
            up: vec![Part::no_transaction(&build, vec![create]), Part::transaction(&step, vec![take])],
            down: vec![
                Part::transaction(&step, vec![drop_constraint(&table.name, &name)]),
                Part::no_transaction(&build, vec![clear]),
            ],
            notices: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;

    #[test]
    fn the_index_is_built_before_the_constraint_takes_it_over() {
        let users = users(Dialect::Postgres);
        insta::assert_snapshot!(shown(
            "type = \"add_unique\"\ntable = \"users\"\ncolumns = [\"name\", \"email\"]"
        ));
        insta::assert_snapshot!(refusal(
            "type = \"add_unique\"\ntable = \"users\"\ncolumns = [\"name\"]\nname = \"users_pkey\"",
            &users
        ));
    }
}
