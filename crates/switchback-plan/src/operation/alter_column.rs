//! `alter_column`: another type, default, condition, or whether it may be NULL.

use super::add_check::AddCheck;
use super::add_column::not_null;
use super::column::default_sql;
use super::depends::Dependents;
use super::field::Expression;
use super::fill::Filling;
use super::look::{refused, wrong};
use super::postgres::{alter, key_statistics, type_of, unfiltered};
use super::types::ColumnType;
use super::{Against, Compile, Compiled, Part, Triggers, batch, naming, sqlite};
use crate::ddl::{ClauseKind, Copy, Place, TableText};
use crate::error::Result;
use crate::lex::mentions;
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Column, Name, Table};
use serde::Deserialize;
use std::num::NonZeroU64;

/// Changes a column: its type, whether it may be NULL, its default; or adds a condition.
///
/// The way down gives it all back. A value that the new type cannot hold as it was is lost on the way: the proof finds
/// that; `using` and `using_down` say how values are converted. On PostgreSQL a new type rewrites the table under a lock.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterColumn {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: String,
    /// Its new type.
    #[serde(rename = "to")]
    pub data_type: Option<ColumnType>,
    /// How a value becomes one of the new type; a cast where it is not given.
    pub using: Option<Expression>,
    /// How it becomes one of the old type again.
    pub using_down: Option<Expression>,
    /// Whether it is NOT NULL.
    pub not_null: Option<bool>,
    /// What rows get that are NULL and may not stay so. On the way down they are NULL again.
    pub fill: Option<Expression>,
    /// What rows get on the way down that are NULL by then, where the column was NOT NULL.
    pub fill_down: Option<Expression>,
    /// Its new default.
    pub default: Option<Expression>,
    /// No default.
    #[serde(default)]
    pub drop_default: bool,
    /// A condition more, called `table_column_check`.
    pub check: Option<Expression>,
    /// Rows a batch; 5000 unless said.
    pub size: Option<NonZeroU64>,
    /// Whether the table's triggers fire for the rows that are filled, both ways: `"on"` unless said. With `"off"` one that sets
    /// `updated_at` does not, nor does one that keeps other tables in step: what they would do is not done. On PostgreSQL
    /// each batch then takes a lock that writers wait for, and that only the table's owner may take.
    #[serde(default)]
    pub triggers: Triggers,
}

impl AlterColumn {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, &'a Column)> {
        let table = against.table(&self.table)?;
        let column = against.column_of(table, &self.column)?;
        let nothing = self.data_type.is_none()
            && self.not_null.is_none()
            && self.default.is_none()
            && !self.drop_default
            && self.check.is_none();
        if nothing {
            return Err(wrong(format!("nothing of {}.{} is to change", table.name, column.name))
                .hint("write to = \"…\" for a type, not_null, default, drop_default or check"));
        }
        if self.default.is_some() && self.drop_default {
            return Err(wrong("there is a default, and none").hint("leave out one of the two"));
        }
        if column.generated.is_some() {
            return Err(refused(format!("the column {}.{} is generated", table.name, column.name))
                .hint("write an operation `sql`, both ways"));
        }
        self.triggers.of(self.fill.is_some() || self.fill_down.is_some())?;
        if self.fill.is_some() && self.not_null != Some(true) {
            return Err(wrong("`fill` is for rows that are NULL and may not stay so")
                .hint("write not_null = true, or an operation `fill`"));
        }
        Ok((table, column))
    }

    fn step(&self, suffix: &[&str]) -> String {
        let mut parts = vec!["alter_column", &self.table.name, &self.column];
        parts.extend(suffix);
        naming::step(&parts)
    }

    fn named_check(&self, table: &Table, column: &Column) -> Option<AddCheck> {
        let name = naming::joined(&[&table.name.name, &column.name, "check"]);
        self.check.clone().map(|check| AddCheck { table: table.name.clone(), check, name: Some(name) })
    }
}

/// One after the other; the way down goes through them in reverse.
fn then(mut first: Compiled, second: Compiled) -> Compiled {
    first.up.extend(second.up);
    let mut down = second.down;
    down.append(&mut first.down);
    first.down = down;
    first.notices.extend(second.notices);
    first
}

impl Compile for AlterColumn {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, column) = self.check(against)?;
        let dialect = Dialect::Sqlite;
        let name = &column.name;
        let ident = quote::ident(name);
        let mut text = sqlite::text(table)?;
        let (mut up, mut down) = (ident.clone(), ident.clone());
        if let Some(data_type) = &self.data_type {
            text = text.set_type(name, &data_type.sql_in(table, dialect)?)?;
            // The conditions of the old type go, those of the new come.
            while let Some(place) = condition_of_type(&text, name) {
                text = text.drop_constraint(place)?;
            }
            if let Some(check) = data_type.check(name) {
                text = text.add_clause(name, &format!("CHECK ({check})"))?;
            }
            if let Some(using) = &self.using {
                up = format!("({})", using.expression("using", dialect)?);
            }
            if let Some(using) = &self.using_down {
                down = format!("({})", using.expression("using_down", dialect)?);
            }
        }
        if let Some(default) = &self.default {
            text = text.set_default(name, Some(&default_sql(default, dialect)?))?;
        } else if self.drop_default {
            text = text.set_default(name, None)?;
        }
        if let Some(not_null) = self.not_null {
            text = text.set_not_null(name, not_null)?;
        }
        if column.not_null
            && let Some(fill) = &self.fill_down
        {
            down = format!("coalesce({down}, {})", fill.expression("fill_down", dialect)?);
        }
        if let Some(check) = self.named_check(table, column) {
            let condition = check.check.expression("check", dialect)?;
            let check = check.name.unwrap_or_default();
            text =
                text.add_constraint(&format!("CONSTRAINT {} CHECK ({condition})", quote::ident(&check)))?;
        }
        let copy = |expression: &String| -> Vec<Copy> {
            if *expression == ident { Vec::new() } else { vec![Copy::new(name, expression)] }
        };
        let changed = sqlite::rebuilt(&self.step(&[]), table, &text, &copy(&up), &copy(&down), against)?;
        match &self.fill {
            Some(_) if column.not_null => Ok(changed),
            Some(value) => {
                let value = value.expression("fill", dialect)?;
                let filled = self.filled(table, column, value, against)?;
                Ok(then(filled, changed))
            }
            None => Ok(changed),
        }
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, column) = self.check(against)?;
        let dialect = Dialect::Postgres;
        let ident = quote::ident(&column.name);
        if column.identity.is_some() && (self.default.is_some() || self.not_null == Some(false)) {
            return Err(refused(format!("the column {}.{} numbers itself", table.name, column.name))
                .hint("write an operation `sql`, both ways"));
        }
        let mut all = Compiled::default();
        if let Some(value) = self.fill.as_ref().filter(|_| !column.not_null) {
            all = self.filled(table, column, value.expression("fill", dialect)?, against)?;
        }
        if let Some(compiled) = self.retyped(table, column, against)? {
            all = then(all, compiled);
        }
        let set = |to: Option<&str>| match to {
            Some(to) => alter(&table.name, format!("ALTER COLUMN {ident} SET DEFAULT {to}")),
            None => alter(&table.name, format!("ALTER COLUMN {ident} DROP DEFAULT")),
        };
        if self.data_type.is_none() && (self.default.is_some() || self.drop_default) {
            let new = self.default.as_ref().map(|d| default_sql(d, dialect)).transpose()?;
            let step = self.step(&["default"]);
            all = then(
                all,
                Compiled {
                    up: vec![Part::transaction(&step, vec![set(new.as_deref())])],
                    down: vec![Part::transaction(&step, vec![set(column.default.as_deref())])],
                    notices: Vec::new(),
                },
            );
        }
        match self.not_null {
            Some(true) if !column.not_null => {
                let step = self.step(&["not_null"]);
                // Whoever turns back before the condition was used finds it still there.
                let condition = naming::joined(&["switchback", &table.name.name, &column.name, "not_null"]);
                let drop = alter(&table.name, format!("ALTER COLUMN {ident} DROP NOT NULL"));
                let clear =
                    alter(&table.name, format!("DROP CONSTRAINT IF EXISTS {}", quote::ident(&condition)));
                let compiled = Compiled {
                    up: not_null(table, &column.name, &step),
                    down: vec![
                        Part::transaction(&step, vec![drop]),
                        Part::transaction(format!("{step}_check"), vec![clear]),
                    ],
                    notices: Vec::new(),
                };
                all = then(all, compiled);
            }
            Some(false) if column.not_null => {
                if table.primary_key().is_some_and(|k| k.columns.contains(&column.name)) {
                    return Err(refused(format!("{}.{} is of the primary key", table.name, column.name))
                        .hint("a key is never NULL"));
                }
                let step = self.step(&["null"]);
                let mut down = not_null(table, &column.name, &step);
                let mut notices = Vec::new();
                if let Some(fill) = &self.fill_down {
                    let fill = fill.expression("fill_down", dialect)?;
                    let update =
                        format!("UPDATE {} SET {ident} = {fill} WHERE {ident} IS NULL", table.name.sql());
                    let update = unfiltered(table).into_iter().chain([update]).collect();
                    let update = self.triggers.around(table, &column.name, against, update)?;
                    down.insert(0, Part::transaction(format!("{step}_fill"), update));
                    notices = self.triggers.notices(table, &column.name, against);
                }
                let mut up: Vec<Part> = down.iter().map(|p| Part::transaction(&p.step, Vec::new())).collect();
                // First the change, so that whoever turns back half-way never adds the condition without using it.
                if let Some(mut last) = up.pop() {
                    last.statements = vec![alter(&table.name, format!("ALTER COLUMN {ident} DROP NOT NULL"))];
                    up.insert(0, last);
                }
                all = then(all, Compiled { up, down, notices });
            }
            _ => {}
        }
        if let Some(check) = self.named_check(table, column) {
            all = then(all, check.postgres(against)?);
        }
        Ok(all)
    }
}

impl AlterColumn {
    /// Rows that are NULL get a value, and the way down makes them NULL again.
    fn filled<'a>(
        &self,
        table: &'a Table,
        column: &'a Column,
        value: &str,
        against: &Against<'a>,
    ) -> Result<Compiled> {
        Filling {
            table,
            column,
            value,
            condition: &format!("{} IS NULL", quote::ident(&column.name)),
            size: batch::size(self.size),
            triggers: self.triggers,
            step: &self.step(&["fill"]),
        }
        .compiled(against)
    }

    /// PostgreSQL: another type, with the default, and what depends on it made anew.
    fn retyped(&self, table: &Table, column: &Column, against: &Against<'_>) -> Result<Option<Compiled>> {
        let Some(data_type) = &self.data_type else { return Ok(None) };
        let dialect = Dialect::Postgres;
        let is_in = |text: &str| mentions(dialect, text, &column.name);
        if table.fact("partition key").is_some_and(is_in) {
            return Err(refused(format!("{}.{} is of the partition key", table.name, column.name))
                .hint("PostgreSQL cannot change the type of such a column"));
        }
        if table.columns.iter().any(|c| c.generated.as_ref().is_some_and(|g| is_in(&g.expression))) {
            return Err(refused(format!("a generated column of {} is made of {}", table.name, column.name))
                .hint("write an operation `sql`, both ways, that drops it and adds it again"));
        }
        let ident = quote::ident(&column.name);
        let new = data_type.sql(dialect)?;
        if family(&new) != family(&column.data_type)
            && let Some(key) = tied(table, column, against)
        {
            return Err(refused(format!(
                "{}.{} cannot become {new}: {key}, whose other side stays {}",
                table.name, column.name, column.data_type
            ))
            .hint("drop the foreign key first, and add it again once both sides are changed; text keys become UUIDs with convert_key"));
        }
        let using = match &self.using {
            Some(using) => format!(" USING ({})", using.expression("using", dialect)?),
            // Text becomes any other type by a cast that says what it cannot read; everything else assigns itself.
            None if is_text(&column.data_type) && !data_type.is_text() => format!(" USING {ident}::{new}"),
            None => String::new(),
        };
        let using_down = match &self.using_down {
            Some(using) => format!(" USING ({})", using.expression("using_down", dialect)?),
            None if data_type.is_text() && !is_text(&column.data_type) => {
                format!(" USING {ident}::{}", column.data_type)
            }
            None => String::new(),
        };
        let kept = if self.drop_default { None } else { column.default.clone() };
        let default = self.default.as_ref().map(|d| default_sql(d, dialect)).transpose()?.or(kept);
        let change = |to: &str, default: Option<&str>| {
            let mut actions = vec![format!("ALTER COLUMN {ident} TYPE {to}")];
            if column.default.is_some() || self.default.is_some() {
                actions.insert(0, format!("ALTER COLUMN {ident} DROP DEFAULT"));
            }
            actions.extend(default.map(|d| format!("ALTER COLUMN {ident} SET DEFAULT {d}")));
            alter(&table.name, actions.join(",\n    "))
        };
        let dependents = Dependents::of_columns(against, &table.name, &[&column.name]);
        let around = |middle: Vec<String>| {
            let mut statements = dependents.drop();
            statements.extend(middle);
            // The server makes the indexes anew, but for this.
            statements.extend(table.indexes.iter().flat_map(key_statistics));
            statements.extend(dependents.create());
            statements
        };
        let up = vec![change(&format!("{new}{using}"), default.as_deref())];
        let mut down = vec![change(&format!("{}{using_down}", type_of(column)), column.default.as_deref())];
        for fact in &column.facts {
            match fact.property {
                "storage" => down.push(alter(
                    &table.name,
                    format!("ALTER COLUMN {ident} SET STORAGE {}", fact.value.to_uppercase()),
                )),
                "compression" => down
                    .push(alter(&table.name, format!("ALTER COLUMN {ident} SET COMPRESSION {}", fact.value))),
                _ => {}
            }
        }
        let step = self.step(&["type"]);
        let notices = if dependents.objects().is_empty() {
            Vec::new()
        } else {
            vec![format!("made anew around it: {}", dependents.named())]
        };
        Ok(Some(Compiled {
            up: vec![Part::transaction(&step, around(up))],
            down: vec![Part::transaction(&step, around(down))],
            notices,
        }))
    }
}

/// Types that PostgreSQL compares with each other, so that a foreign key may tie them.
fn family(data_type: &str) -> &str {
    let name = data_type.split('(').next().unwrap_or_default().trim();
    match name {
        "smallint" | "integer" | "bigint" => "whole numbers",
        "real" | "double precision" => "floats",
        "text" | "character varying" | "varchar" | "character" => "texts",
        "date" | "timestamp with time zone" | "timestamp without time zone" | "timestamptz" => "times",
        other => other,
    }
}

/// The foreign key that a column is part of, on either side.
fn tied(table: &Table, column: &Column, against: &Against<'_>) -> Option<String> {
    let named = |t: &Table, c: &crate::schema::Constraint| {
        let name = c.name.as_deref().unwrap_or(&c.definition);
        format!("it is part of the foreign key {name} of {}", t.name)
    };
    let own = table.constraints.iter().find(|c| c.references.is_some() && c.columns.contains(&column.name));
    own.map(|c| named(table, c)).or_else(|| {
        let refers = |c: &crate::schema::Constraint| {
            c.references.as_ref().is_some_and(|r| r.columns.contains(&column.name))
        };
        against.schema.referring(&table.name).find(|(_, c)| refers(c)).map(|(t, c)| named(t, c))
    })
}

fn is_text(data_type: &str) -> bool {
    data_type == "text" || data_type.starts_with("character")
}

/// A CHECK of a column that says no more than what a type of ours says.
fn condition_of_type(text: &TableText, column: &str) -> Option<Place> {
    let index = text.columns.iter().position(|c| crate::ddl::same(&c.name, column))?;
    let own = &text.columns[index];
    let clause = own.clauses.iter().position(|clause| match &clause.kind {
        ClauseKind::Check(span) if clause.name.is_none() => {
            ColumnType::is_condition(&text.sql()[span.clone()], &own.name)
        }
        _ => false,
    })?;
    Some(Place::Column(index, clause))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;
    use crate::schema::{Constraint, ConstraintKind, Name, References};

    fn alter(column: &str, rest: &str) -> String {
        format!("type = \"alter_column\"\ntable = \"users\"\ncolumn = \"{column}\"\n{rest}")
    }

    #[test]
    fn a_type_is_converted_both_ways() {
        insta::assert_snapshot!(shown(&alter(
            "name",
            "to = \"boolean\"\nusing = \"name = 'yes'\"\nusing_down = { sqlite = \"iif(name, 'yes', 'no')\", postgres = \"CASE WHEN name THEN 'yes' ELSE 'no' END\" }\ndefault = false"
        )));
        insta::assert_snapshot!(shown(&alter("name", "to = \"bigint\"")));
    }

    #[test]
    fn a_default_and_a_condition_change() {
        insta::assert_snapshot!(shown(&alter("name", "default = \"'none'\"\ncheck = \"name <> ''\"")));
    }

    #[test]
    fn rows_are_filled_before_a_column_is_not_null() {
        insta::assert_snapshot!(shown(&alter("name", "not_null = true\nfill = \"email\"")));
    }

    #[test]
    fn a_column_may_be_null_again() {
        insta::assert_snapshot!(shown(&alter("email", "not_null = false\nfill_down = \"''\"")));
    }

    #[test]
    fn a_type_that_a_foreign_key_cannot_tie_is_refused() {
        let mut users = users(Dialect::Postgres);
        let references = References {
            table: Name::new("users"),
            columns: vec!["id".to_owned()],
            on_delete: "NO ACTION".to_owned(),
            on_update: "NO ACTION".to_owned(),
        };
        users.tables[0].constraints.push(Constraint {
            name: Some("users_name_fkey".to_owned()),
            kind: ConstraintKind::ForeignKey,
            columns: vec!["name".to_owned()],
            references: Some(references),
            definition: "FOREIGN KEY (name) REFERENCES users(id)".to_owned(),
            validated: true,
            facts: Vec::new(),
        });
        insta::assert_snapshot!(refusal(&alter("id", "to = \"text\""), &users));
        // Whole numbers are compared with each other.
        let compiled = super::super::tests::shown_over(&alter("id", "to = \"integer\""), &users);
        assert!(compiled.contains("TYPE integer"), "{compiled}");
    }

    #[test]
    fn nothing_to_change_is_an_error() {
        let users = users(Dialect::Sqlite);
        insta::assert_snapshot!(refusal(&alter("name", ""), &users));
    }
}
