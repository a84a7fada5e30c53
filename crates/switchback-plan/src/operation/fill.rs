//! `fill`: a column gets values, in batches.

use super::field::Expression;
use super::keep::Kept;
use super::look::refused;
use super::postgres::all_seen;
use super::{Against, Compile, Compiled, Part, Triggers, batch, naming};
use crate::error::Result;
use crate::quote;
use crate::schema::{Column, Name, Table};
use serde::Deserialize;
use std::num::NonZeroU64;

/// Sets a column to an expression, in batches along the table's key.
///
/// The old values are kept aside in `switchback_kept_…`, and come back on the way down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: String,
    /// What it gets: an expression over the columns of the row.
    pub value: Expression,
    /// Only rows for which this is true.
    #[serde(rename = "where")]
    pub predicate: Option<Expression>,
    /// Rows a batch; 5000 unless said.
    pub size: Option<NonZeroU64>,
    /// Whether the table's triggers fire for the rows that are filled, both ways: `"on"` unless said. With `"off"` one that sets
    /// `updated_at` does not, nor does one that keeps other tables in step: what they would do is not done. On PostgreSQL
    /// each batch then takes a lock that writers wait for, and that only the table's owner may take.
    #[serde(default)]
    pub triggers: Triggers,
}

impl Fill {
    fn compiled(&self, against: &Against<'_>) -> Result<Compiled> {
        let table = against.table(&self.table)?;
        let column = against.column_of(table, &self.column)?;
        let dialect = against.dialect();
        if column.generated.is_some() {
            return Err(refused(format!("the column {}.{} is generated", table.name, column.name))
                .hint("change what it is generated from"));
        }
        let value = self.value.expression("value", dialect)?;
        let condition = match &self.predicate {
            Some(predicate) => format!("({})", predicate.expression("where", dialect)?),
            None => String::new(),
        };
        let name = naming::step(&["fill", &table.name.name, &column.name]);
        Filling {
            table,
            column,
            value,
            condition: &condition,
            size: batch::size(self.size),
            triggers: self.triggers,
            step: &name,
        }
        .compiled(against)
    }
}

/// A column that is set where a condition holds, with the old values kept.
pub(super) struct Filling<'a> {
    pub(super) table: &'a Table,
    pub(super) column: &'a Column,
    pub(super) value: &'a str,
    /// Empty for all rows.
    pub(super) condition: &'a str,
    /// Rows a batch.
    pub(super) size: u64,
    pub(super) triggers: Triggers,
    /// The name of the step.
    pub(super) step: &'a str,
}

impl<'a> Filling<'a> {
    /// Each statement does the same when it runs twice over a row, which batches may do: what is kept says what is done.
    pub(super) fn compiled(&self, against: &Against<'a>) -> Result<Compiled> {
        let Filling { table, column, value, condition, size, triggers, step } = *self;
        let kept = Kept::new(table, &[column], against)?;
        let key = batch::key(table, against).filter(|key| kept.key.len() == 1 && kept.key[0].name == *key);
        let target = quote::ident(&column.name);
        let range = |alias: &str| key.as_ref().map(|key| batch::range(alias, key));
        // ` WHERE a AND b`, of those that there are.
        let all = |conditions: &[Option<String>]| {
            let said: Vec<&str> = conditions.iter().flatten().map(String::as_str).collect();
            if said.is_empty() { String::new() } else { format!(" WHERE {}", said.join(" AND ")) }
        };
        let aside = kept.name.sql();
        let same = kept.same_row("k", "t");
        let new = format!("NOT EXISTS (SELECT 1 FROM {aside} AS k WHERE {same})");
        let condition = (!condition.is_empty()).then(|| condition.to_owned());
        let own = table.name.sql();
        let same_own = kept.same_row("k", &own);
        let flag = quote::ident("switchback_filled");
        let up = vec![
            kept.copy(&all(&[range("t."), condition, Some(new)])),
            format!(
                "UPDATE {own} SET {target} = {value}{}",
                all(&[
                    range(""),
                    Some(format!("EXISTS (SELECT 1 FROM {aside} AS k WHERE {same_own} AND k.{flag} = 0)"))
                ])
            ),
            format!("UPDATE {aside} SET {flag} = 1{}", all(&[range(""), Some(format!("{flag} = 0"))])),
        ];
        let down = vec![
            format!(
                "UPDATE {own} SET {target} = k.{target} FROM {aside} AS k{}",
                all(&[range("k."), Some(same_own)])
            ),
            format!("DELETE FROM {aside}{}", all(&[range("")])),
        ];
        let up = triggers.around(table, &column.name, against, up)?;
        let down = triggers.around(table, &column.name, against, down)?;
        let first = format!("{step}_keep");
        let part = |statements| match &key {
            Some(key) => batch::part(step, table, key, size, statements),
            None => Part::transaction(step, statements),
        };
        let seen = |statement| all_seen(table).into_iter().chain([statement]).collect();
        let create = kept.create(Some(&format!("{flag} smallint NOT NULL DEFAULT 0")));
        Ok(Compiled {
            up: vec![Part::transaction(&first, seen(create)), part(up)],
            down: vec![part(down), Part::transaction(&first, seen(kept.drop()))],
            notices: triggers
                .notices(table, &column.name, against)
                .into_iter()
                .chain(kept.notice())
                .collect(),
        })
    }
}

impl Compile for Fill {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        self.compiled(against)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        self.compiled(against)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;

    #[test]
    fn values_are_filled_in_batches_and_the_old_ones_kept() {
        insta::assert_snapshot!(shown(
            "type = \"fill\"\ntable = \"users\"\ncolumn = \"name\"\nvalue = \"upper(email)\"\nwhere = \"name IS NULL\"\nsize = 100"
        ));
    }

    #[test]
    fn a_table_without_a_key_is_refused() {
        let mut users = users(Dialect::Postgres);
        users.tables[0].constraints.clear();
        insta::assert_snapshot!(refusal(
            "type = \"fill\"\ntable = \"users\"\ncolumn = \"name\"\nvalue = \"1\"",
            &users
        ));
    }
}
