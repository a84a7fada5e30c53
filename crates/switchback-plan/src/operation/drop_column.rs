//! `drop_column`: its values are kept aside, so that the way down brings them back.

use super::depends::Dependents;
use super::field::Expression;
use super::keep::Kept;
use super::look::{refused, structural};
use super::postgres::unfiltered;
use super::reorder::Reorder;
use super::{Against, Compile, Compiled, Part, naming, sqlite};
use crate::ddl::{self, ClauseKind, Copy, TableText};
use crate::error::Result;
use crate::lex::mentions;
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Column, Kind, Name, Table};
use serde::Deserialize;

/// Drops a column; its values stay in `switchback_kept_…`, by the key of their rows.
///
/// The way down brings it back with its values, its constraints and indexes, in its place among the columns: on PostgreSQL
/// those behind it are made anew with all that is made of them. With `keep = false` the values are gone, which is a loss to
/// declare: `lossy = ["table.column"]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropColumn {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: String,
    /// Keep its values; true unless said.
    pub keep: Option<bool>,
    /// What rows get on the way down whose values were not kept; the column's default unless said.
    pub fill_down: Option<Expression>,
}

impl DropColumn {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, &'a Column)> {
        let dialect = against.dialect();
        let table = against.table(&self.table)?;
        let column = against.column_of(table, &self.column)?;
        structural(table, against)?;
        let whole = format!("{}.{}", table.name, column.name);
        if table.columns.len() == 1 {
            return Err(refused(format!("{whole} is the only column")).hint("drop the table"));
        }
        if column.identity.is_some() {
            return Err(refused(format!("{whole} numbers itself"))
                .hint("write an operation `sql`, both ways: the way down must set the sequence too"));
        }
        if table.primary_key().is_some_and(|k| k.columns.contains(&column.name)) {
            return Err(
                refused(format!("{whole} is of the primary key")).hint("write an operation `sql`, both ways")
            );
        }
        let refers = |r: &crate::schema::References| r.columns.contains(&column.name);
        let mut referring = against.schema.referring(&table.name);
        if let Some((other, key)) = referring.find(|(_, c)| c.references.as_ref().is_some_and(refers)) {
            let name = key.name.as_deref().unwrap_or(&key.definition);
            return Err(refused(format!("the foreign key {name} of {} refers to {whole}", other.name))
                .hint("drop that foreign key first, with drop_constraint"));
        }
        let made_of = |c: &&Column| {
            c.generated.as_ref().is_some_and(|g| mentions(dialect, &g.expression, &column.name))
        };
        if let Some(generated) = table.columns.iter().find(made_of) {
            return Err(refused(format!("{}.{} is made of {whole}", table.name, generated.name))
                .hint("drop that column first"));
        }
        let owned = format!("{}.{}", table.name, column.name);
        if let Some(sequence) = against.schema.objects.iter().find(|o| {
            o.kind == Kind::Sequence && o.facts.iter().any(|f| f.property == "owned by" && f.value == owned)
        }) {
            return Err(refused(format!("the sequence {} would go with {whole}", sequence.name)).hint(format!(
                "first let it go, with an operation `sql`: ALTER SEQUENCE {} OWNED BY NONE, and OWNED BY {owned} on the way down",
                sequence.name
            )));
        }
        let row = table.name.to_string();
        let holds = |c: &Column| c.data_type.trim_end_matches("[]").replace('"', "") == row;
        if let Some((other, held)) =
            against.schema.tables.iter().find_map(|t| Some((t, t.columns.iter().find(|c| holds(c))?)))
            && dialect == Dialect::Postgres
        {
            return Err(refused(format!(
                "{}.{} holds rows of {row}, whose values of {} would be lost",
                other.name, held.name, column.name
            ))
            .hint("write an operation `sql`, both ways"));
        }
        let dependents = Dependents::of_columns(against, &table.name, &[&column.name]);
        let stays = |k: Kind| matches!(k, Kind::Statistics | Kind::Sequence);
        if let Some(object) = dependents.objects().iter().find(|o| !stays(o.kind)) {
            let on = object.table.as_ref().map(|t| format!(" on {t}")).unwrap_or_default();
            return Err(refused(format!(
                "the {} {}{on} is made of {whole}",
                object.kind.as_str(),
                object.name
            ))
            .hint("drop or change it first, with create_view or an operation `sql`"));
        }
        Ok((table, column))
    }

    fn step(&self) -> String {
        naming::step(&["drop_column", &self.table.name, &self.column])
    }

    /// Where the values are kept; nowhere for those that are made of others, or that shall be lost.
    fn kept<'a>(
        &self,
        table: &'a Table,
        column: &'a Column,
        against: &Against<'a>,
    ) -> Result<Option<Kept<'a>>> {
        if self.keep == Some(false) || column.generated.is_some() {
            return Ok(None);
        }
        Kept::new(table, &[column], against).map(Some)
    }

    fn notices(&self, kept: Option<&Kept<'_>>) -> Vec<String> {
        match kept {
            Some(kept) => {
                let mut notices =
                    vec![format!("the values of {}.{} stay in {}", self.table, self.column, kept.name)];
                notices.extend(kept.notice());
                notices
            }
            None if self.keep == Some(false) => {
                vec![format!("the values of {}.{} are gone for good", self.table, self.column)]
            }
            None => Vec::new(),
        }
    }

    /// What rows get whose values were not kept.
    fn otherwise(&self, column: &Column, dialect: Dialect) -> Result<String> {
        match &self.fill_down {
            Some(fill) => Ok(format!("({})", fill.expression("fill_down", dialect)?)),
            None => Ok(column.default.clone().unwrap_or_else(|| "NULL".to_owned())),
        }
    }
}

impl Compile for DropColumn {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, column) = self.check(against)?;
        let name = &column.name;
        let mut text = sqlite::text(table)?;
        while let Some(place) = constraint_about(&text, name) {
            text = text.drop_constraint(place)?;
        }
        let text = text.drop_column(name)?;
        // SQLite tells no columns: whatever has to do with the table and mentions the name.
        let about = |o: &&crate::schema::Object| {
            let of_table =
                o.table.as_ref() == Some(&table.name) || o.uses.iter().any(|u| u.name == table.name);
            of_table && mentions(Dialect::Sqlite, &o.definition, name)
        };
        if let Some(object) = against.schema.objects.iter().find(about) {
            return Err(refused(format!("the {} {} mentions {name}", object.kind.as_str(), object.name))
                .hint("drop or change it first, with create_view or an operation `sql`"));
        }
        let kept = self.kept(table, column, against)?;
        let without = |definition: &str| {
            let mut less = table.clone();
            less.definition = definition.to_owned();
            less.indexes.retain(|i| !i.mentions.iter().any(|m| ddl::same(m, name)));
            less
        };
        let mut up = Vec::new();
        up.extend(kept.iter().flat_map(|kept| [kept.create(None), kept.copy("")]));
        up.extend(ddl::rebuild(&without(&table.definition), text.sql(), &[], against.schema)?);
        let back = Table { definition: text.sql().to_owned(), ..table.clone() };
        let otherwise = self.otherwise(column, Dialect::Sqlite)?;
        let copies: Vec<Copy> = match &kept {
            Some(kept) => vec![Copy::new(name, kept.value(column, &otherwise))],
            None if column.generated.is_none() => vec![Copy::new(name, otherwise)],
            None => Vec::new(),
        };
        let mut down = ddl::rebuild(&back, &table.definition, &copies, against.schema)?;
        down.extend(kept.iter().map(Kept::drop));
        Ok(Compiled {
            up: vec![sqlite::unchecked(&self.step(), up)],
            down: vec![sqlite::unchecked(&self.step(), down)],
            notices: self.notices(kept.as_ref()),
        })
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, column) = self.check(against)?;
        let kept = self.kept(table, column, against)?;
        let own = table.name.sql();
        let mut up: Vec<String> = unfiltered(table).into_iter().collect();
        if let Some(kept) = &kept {
            // Others may read until the column goes; whoever writes waits, so that no value is missed.
            up.push(format!("LOCK TABLE {own} IN SHARE ROW EXCLUSIVE MODE"));
            up.push(kept.create(None));
            up.push(kept.copy(""));
        }
        up.push(format!("ALTER TABLE {own} DROP COLUMN {}", quote::ident(&column.name)));
        let otherwise = self.otherwise(column, Dialect::Postgres)?;
        let reorder = Reorder::new(table, column, against)?;
        let mut down: Vec<String> = unfiltered(table).into_iter().collect();
        down.extend(reorder.statements(kept.as_ref(), &otherwise));
        down.extend(kept.iter().map(Kept::drop));
        let mut notices = self.notices(kept.as_ref());
        notices.extend(reorder.notice());
        Ok(Compiled {
            up: vec![Part::transaction(self.step(), up)],
            down: vec![Part::transaction(self.step(), down)],
            notices,
        })
    }
}

/// A constraint of the table that is about a column among others.
fn constraint_about(text: &TableText, column: &str) -> Option<ddl::Place> {
    text.constraints
        .iter()
        .position(|clause| match &clause.kind {
            ClauseKind::Check(span) => mentions(Dialect::Sqlite, &text.sql()[span.clone()], column),
            _ => clause.columns.iter().any(|c| ddl::same(c, column)),
        })
        .map(ddl::Place::Table)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, shown_over, users};
    use crate::model::Dialect;
    use crate::schema::{Constraint, ConstraintKind};

    #[test]
    fn values_are_kept_and_come_back_in_their_place() {
        insta::assert_snapshot!(shown(
            "type = \"drop_column\"\ntable = \"users\"\ncolumn = \"email\"\nfill_down = \"''\""
        ));
        insta::assert_snapshot!(shown("type = \"drop_column\"\ntable = \"users\"\ncolumn = \"name\""));
    }

    #[test]
    fn what_is_deferred_is_checked_before_the_table_is_altered_again() {
        let mut users = users(Dialect::Postgres);
        users.tables[0].constraints.push(Constraint {
            name: Some("users_email_fkey".to_owned()),
            kind: ConstraintKind::ForeignKey,
            columns: vec!["email".to_owned()],
            references: None,
            definition: "FOREIGN KEY (email) REFERENCES emails(email) DEFERRABLE INITIALLY DEFERRED"
                .to_owned(),
            validated: true,
            facts: Vec::new(),
        });
        insta::assert_snapshot!(shown_over(
            "type = \"drop_column\"\ntable = \"users\"\ncolumn = \"name\"",
            &users
        ));
    }

    #[test]
    fn a_key_is_refused() {
        for dialect in Dialect::ALL {
            let users = users(dialect);
            insta::assert_snapshot!(refusal(
                "type = \"drop_column\"\ntable = \"users\"\ncolumn = \"id\"",
                &users
            ));
        }
    }
}
