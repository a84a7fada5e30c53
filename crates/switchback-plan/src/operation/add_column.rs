//! `add_column`: a column more.

use super::column::{ColumnSpec, default_sql, is_literal};
use super::field::Expression;
use super::look::{refused, wrong};
use super::postgres::{add_constraint, all_seen, alter, validate};
use super::{Against, Compile, Compiled, Part, Triggers, batch, naming, sqlite};
use crate::ddl::Copy;
use crate::error::Result;
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Name, Table};
use serde::Deserialize;
use std::num::NonZeroU64;

/// Adds a column behind the others.
///
/// Rows that are there get `fill`, an expression over their other columns, in batches; without it the default. On
/// PostgreSQL a column with `fill` is added nullable, filled, and made NOT NULL once a condition has shown that it can
/// be, so that nobody waits for longer than an instant. On SQLite it is an ALTER where that can say it, else a rebuild.
///
/// The way down drops it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddColumn {
    /// The table.
    pub table: Name,
    /// The column, as in `create_table`, but for keys: those are operations of their own.
    pub column: ColumnSpec,
    /// What rows that are there get.
    pub fill: Option<Expression>,
    /// Rows a batch; 5000 unless said.
    pub size: Option<NonZeroU64>,
    /// Whether the table's triggers fire for the rows that are filled: `"on"` unless said. With `"off"` one that sets
    /// `updated_at` does not, nor does one that keeps other tables in step: what they would do is not done. On PostgreSQL
    /// each batch then takes a lock that writers wait for, and that only the table's owner may take.
    #[serde(default)]
    pub triggers: Triggers,
}

impl AddColumn {
    fn check<'a>(&self, against: &Against<'a>) -> Result<&'a Table> {
        let table = against.table(&self.table)?;
        let column = &self.column;
        column.consistent()?;
        against.fits(&column.name)?;
        if table.column(&column.name, against.dialect()).is_some() {
            return Err(wrong(format!("the table {} has a column {} already", table.name, column.name))
                .hint("choose another name"));
        }
        if column.primary_key || column.unique || column.references.is_some() || column.identity {
            return Err(refused(format!("the column {} is to be a key at once", column.name)).hint(
                "add the column first, then the key with add_unique or add_foreign_key; identities and primary keys with `sql`",
            ));
        }
        self.triggers.of(self.fill.is_some())?;
        if self.fill.is_some() && column.generated.is_some() {
            return Err(wrong(format!("the column {} is generated, and cannot be filled", column.name))
                .hint("leave out `fill`"));
        }
        if column.not_null && column.default.is_none() && self.fill.is_none() && column.generated.is_none() {
            return Err(wrong(format!(
                "the column {} is NOT NULL, but says nothing for the rows that are there",
                column.name
            ))
            .hint("write `default`, or `fill` for an expression over the row"));
        }
        Ok(table)
    }

    fn step(&self, suffix: &[&str]) -> String {
        let mut parts = vec!["add_column", &self.table.name, &self.column.name];
        parts.extend(suffix);
        naming::step(&parts)
    }

    fn checks(&self, dialect: Dialect) -> Result<String> {
        let Some(check) = &self.column.check else { return Ok(String::new()) };
        let name = naming::joined(&[&self.table.name, &self.column.name, "check"]);
        Ok(format!(" CONSTRAINT {} CHECK ({})", quote::ident(&name), check.expression("check", dialect)?))
    }

    /// The rows that are there get what `fill` says.
    fn filled(&self, table: &Table, fill: &str, against: &Against<'_>) -> Result<Part> {
        let column = quote::ident(&self.column.name);
        let update = format!("UPDATE {} SET {column} = {fill} WHERE {column} IS NULL", table.name.sql());
        let step = self.step(&["fill"]);
        let around = |update| self.triggers.around(table, &self.column.name, against, vec![update]);
        Ok(match batch::key(table, against) {
            Some(key) => {
                let update = format!("{update} AND {}", batch::range("", &key));
                batch::part(&step, table, &key, batch::size(self.size), around(update)?)
            }
            None => Part::transaction(&step, around(update)?),
        })
    }
}

impl Compile for AddColumn {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let table = self.check(against)?;
        let column = &self.column;
        let definition = format!(
            "{}{}",
            column.sql_in(table, column.not_null, Dialect::Sqlite)?,
            self.checks(Dialect::Sqlite)?
        );
        let fill = match &self.fill {
            Some(fill) => Some(fill.expression("fill", Dialect::Sqlite)?),
            None => None,
        };
        // What ALTER cannot say: a default that is computed, NOT NULL without one, STORED.
        let default = column.default.as_ref().map(|d| default_sql(d, Dialect::Sqlite)).transpose()?;
        let constant = |d: &String| is_literal(d) && !d.to_ascii_lowercase().starts_with("current_");
        let says = default.as_ref().is_none_or(constant)
            && column.generated.is_none()
            && !(column.not_null && (fill.is_some() || default.is_none()))
            // With both, rows that are there get `fill`, not the default.
            && !(fill.is_some() && default.is_some());
        if says {
            let step = self.step(&[]);
            let name = table.name.sql();
            let add = format!("ALTER TABLE {name} ADD COLUMN {definition}");
            let drop = format!("ALTER TABLE {name} DROP COLUMN {}", quote::ident(&column.name));
            let mut up = vec![Part::transaction(&step, vec![add])];
            let mut notices = Vec::new();
            if let Some(fill) = fill {
                up.push(self.filled(table, fill, against)?);
                notices = self.triggers.notices(table, &column.name, against);
            }
            return Ok(Compiled { up, down: vec![Part::transaction(&step, vec![drop])], notices });
        }
        let new = sqlite::text(table)?.add_column(&definition)?;
        let copies: Vec<Copy> =
            fill.map(|fill| Copy::new(&column.name, format!("({fill})"))).into_iter().collect();
        sqlite::rebuilt(&self.step(&[]), table, &new, &copies, &[], against)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let table = self.check(against)?;
        let column = &self.column;
        let (name, ident) = (&table.name, quote::ident(&column.name));
        let step = self.step(&[]);
        let mut comment = column.comment.iter().map(|comment| {
            format!("COMMENT ON COLUMN {}.{ident} IS {}", name.sql(), quote::literal(comment))
        });
        let down = vec![Part::transaction(&step, vec![alter(name, format!("DROP COLUMN {ident}"))])];
        let Some(fill) = &self.fill else {
            let add = format!(
                "ADD COLUMN {}{}",
                column.sql(column.not_null, Dialect::Postgres)?,
                self.checks(Dialect::Postgres)?
            );
            let mut up = vec![alter(name, add)];
            up.extend(comment.next());
            return Ok(Compiled { up: vec![Part::transaction(&step, up)], down, notices: Vec::new() });
        };
        // The default comes behind, so that rows that are there stay NULL until they are filled.
        let bare = ColumnSpec { default: None, ..column.clone() };
        let mut first = all_seen(table);
        first.push(alter(name, format!("ADD COLUMN {}", bare.sql(false, Dialect::Postgres)?)));
        if let Some(default) = &column.default {
            let default = default_sql(default, Dialect::Postgres)?;
            first.push(alter(name, format!("ALTER COLUMN {ident} SET DEFAULT {default}")));
        }
        first.extend(comment.next());
        let mut up = vec![Part::transaction(&step, first)];
        up.push(self.filled(table, fill.expression("fill", Dialect::Postgres)?, against)?);
        if let Some(check) = &column.check {
            let check_name = naming::joined(&[&table.name.name, &column.name, "check"]);
            let definition = format!("CHECK ({}) NOT VALID", check.expression("check", Dialect::Postgres)?);
            up.push(Part::transaction(
                self.step(&["check"]),
                vec![add_constraint(name, &check_name, &definition)],
            ));
            up.push(Part::transaction(self.step(&["check_validate"]), vec![validate(name, &check_name)]));
        }
        if column.not_null {
            up.extend(not_null(table, &column.name, &self.step(&["not_null"])));
        }
        Ok(Compiled { up, down, notices: self.triggers.notices(table, &column.name, against) })
    }
}

/// PostgreSQL: NOT NULL with a scan that nobody waits for: a condition is added, looked at, used, and dropped again.
pub(super) fn not_null(table: &Table, column: &str, step: &str) -> Vec<Part> {
    let name = &table.name;
    let ident = quote::ident(column);
    let condition = naming::joined(&["switchback", &name.name, column, "not_null"]);
    vec![
        Part::transaction(
            format!("{step}_check"),
            vec![add_constraint(name, &condition, &format!("CHECK ({ident} IS NOT NULL) NOT VALID"))],
        ),
        Part::transaction(format!("{step}_validate"), vec![validate(name, &condition)]),
        Part::transaction(
            step,
            vec![
                alter(name, format!("ALTER COLUMN {ident} SET NOT NULL")),
                alter(name, format!("DROP CONSTRAINT IF EXISTS {}", quote::ident(&condition))),
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, shown_over, users};
    use crate::model::Dialect;

    fn add(column: &str, rest: &str) -> String {
        format!("type = \"add_column\"\ntable = \"users\"\ncolumn = {{ {column} }}\n{rest}")
    }

    #[test]
    fn a_column_with_a_constant_default_is_added_at_once() {
        insta::assert_snapshot!(shown(&add(
            "name = \"shown\", type = \"boolean\", not_null = true, default = true, comment = \"so\"",
            ""
        )));
    }

    #[test]
    fn a_column_is_filled_in_batches_before_it_is_not_null() {
        insta::assert_snapshot!(shown(&add(
            "name = \"slug\", type = \"varchar(9)\", not_null = true, default = \"'x'\", check = \"slug <> ''\"",
            "fill = \"substr(email, 1, 9)\"\nsize = 100"
        )));
    }

    #[test]
    fn triggers_do_not_fire_for_what_is_filled() {
        let schemas = Dialect::ALL.map(super::super::tests::with_a_trigger);
        let fields = add("name = \"slug\", type = \"text\"", "fill = \"lower(email)\"\ntriggers = \"off\"");
        insta::assert_snapshot!(super::super::tests::shown_in(&fields, &schemas));
    }

    #[test]
    fn a_nullable_column_is_added_and_filled() {
        insta::assert_snapshot!(shown(&add("name = \"slug\", type = \"text\"", "fill = \"lower(email)\"")));
    }

    #[test]
    fn a_computed_default_is_a_rebuild_on_sqlite() {
        insta::assert_snapshot!(shown(&add(
            "name = \"seen\", type = \"timestamp\", not_null = true, default = { sqlite = \"datetime()\", postgres = \"now()\" }",
            ""
        )));
    }

    #[test]
    fn what_says_nothing_for_the_rows_is_refused() {
        let users = users(Dialect::Postgres);
        let all = [
            refusal(&add("name = \"a\", type = \"text\", not_null = true", ""), &users),
            refusal(&add("name = \"email\", type = \"text\"", ""), &users),
            refusal(&add("name = \"a\", type = \"text\", unique = true", ""), &users),
            refusal(&add("name = \"a\", type = \"text\", generated = \"email\"", "fill = \"1\""), &users),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_strict_table_gets_the_names_that_it_knows() {
        let mut users = users(Dialect::Sqlite);
        users.tables[0].definition.push_str(" STRICT");
        users.tables[0].facts.push(crate::schema::Fact::structure("strict", "yes"));
        let types = ["varchar(9)", "boolean", "numeric(5,2)", "timestamp", "uuid"];
        let added = types.map(|t| shown_over(&add(&format!("name = \"a\", type = \"{t}\""), ""), &users));
        insta::assert_snapshot!(added.join("\n"));
    }
}
