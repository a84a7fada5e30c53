//! `drop_constraint`: a constraint less.

use super::column::Constraints;
use super::create_table::same;
use super::look::{is_partitioned, refused, there_is, wrong};
use super::postgres::{
    add_constraint, alter, create_index, deferrable, drop_constraint, restore_constraint, validate,
};
use super::{Against, Compile, Compiled, Part, naming, sqlite};
use crate::error::Result;
use crate::quote;
use crate::schema::{Constraint, ConstraintKind, Name, Table};
use serde::Deserialize;

/// Drops a foreign key, a check, a unique constraint or a primary key.
///
/// The way down adds it again from the definition that the database kept; on PostgreSQL with its rows looked at, or its
/// index built, in a step of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropConstraint {
    /// The table.
    pub table: Name,
    /// Its name. Of one that has none on SQLite the name that PostgreSQL would have chosen: `table_pkey`,
    /// `table_column_key`, `table_column_fkey`, `table_column_check` (`table_check` of more than one column), with a number
    /// behind it where that is taken, in the order of the text: `table_check1`.
    pub name: String,
}

/// The names of a table's constraints; of those that have none the names that PostgreSQL would have chosen.
fn names(table: &Table) -> Vec<String> {
    let mut names = Constraints::of(Some(table));
    let name = |c: &Constraint| match &c.name {
        Some(name) => name.clone(),
        None => {
            let mut parts = vec![table.name.name.as_str()];
            let label = match c.kind {
                ConstraintKind::PrimaryKey => "pkey",
                ConstraintKind::Unique => "key",
                ConstraintKind::ForeignKey => "fkey",
                ConstraintKind::Check => "check",
                ConstraintKind::Exclusion => "excl",
                ConstraintKind::Trigger => "trigger",
            };
            let about = match c.kind {
                ConstraintKind::PrimaryKey => &[][..],
                ConstraintKind::Check if c.columns.len() != 1 => &[],
                _ => &c.columns[..],
            };
            parts.extend(about.iter().map(String::as_str));
            parts.push(label);
            names.chosen(&parts)
        }
    };
    table.constraints.iter().map(name).collect()
}

impl DropConstraint {
    /// The table, and the place of the constraint among its constraints.
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, usize)> {
        let table = against.table(&self.table)?;
        let names = names(table);
        let found = names.iter().position(|n| same(n, &self.name, against.dialect()));
        let index = found.ok_or_else(|| {
            let described = |(name, c): (&String, &Constraint)| match c.name {
                Some(_) => name.clone(),
                None => format!("{name} ({})", c.definition),
            };
            let there: Vec<String> = names.iter().zip(&table.constraints).map(described).collect();
            wrong(format!("the table {} has no constraint {}", table.name, self.name))
                .hint(there_is("constraint", there.iter().map(String::as_str)))
        })?;
        let constraint = &table.constraints[index];
        match constraint.kind {
            ConstraintKind::PrimaryKey | ConstraintKind::Unique => {
                let mut own = constraint.columns.clone();
                own.sort();
                let refers = against.schema.referring(&table.name).find(|(_, c)| {
                    c.references.as_ref().is_some_and(|r| {
                        let mut columns = r.columns.clone();
                        columns.sort();
                        columns == own
                    })
                });
                if let Some((other, foreign)) = refers {
                    let name = foreign.name.as_deref().unwrap_or(&foreign.definition);
                    return Err(refused(format!(
                        "the foreign key {name} of {} refers to {}",
                        other.name, self.name
                    ))
                    .hint("drop that foreign key first"));
                }
            }
            ConstraintKind::ForeignKey | ConstraintKind::Check | ConstraintKind::Exclusion => {}
            ConstraintKind::Trigger => {
                return Err(refused(format!("{} is a constraint trigger", self.name))
                    .hint("write an operation `sql` with DROP TRIGGER, both ways"));
            }
        }
        Ok((table, index))
    }
}

impl Compile for DropConstraint {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, index) = self.check(against)?;
        let text = sqlite::text(table)?;
        let constraint = &table.constraints[index];
        if constraint.kind == ConstraintKind::PrimaryKey {
            let held = [(text.without_rowid, "is WITHOUT ROWID"), (text.autoincrement(), "numbers its rows")];
            if let Some((_, what)) = held.into_iter().find(|(held, _)| *held) {
                return Err(refused(format!("{} {what}, which needs its primary key", table.name))
                    .hint("write an operation `sql`, both ways"));
            }
        }
        // One without a name is found by its place: the schema has them in the order of the text.
        let place = text.all_constraints().enumerate().find_map(|(at, (place, _, clause))| {
            let found = match &constraint.name {
                Some(name) => clause.name.as_ref() == Some(name),
                None => at == index,
            };
            found.then_some(place)
        });
        let place =
            place.ok_or_else(|| wrong(format!("the text of {} says no {}", table.name, self.name)))?;
        let new = text.drop_constraint(place)?;
        let step = naming::step(&["drop_constraint", &self.name]);
        let mut compiled = sqlite::rebuilt(&step, table, &new, &[], &[], against)?;
        if constraint.name.is_none() {
            compiled.notices.push(format!(
                "{} is the name that PostgreSQL would have given to {} of {}, which has none",
                self.name, constraint.definition, table.name
            ));
        }
        Ok(compiled)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, index) = self.check(against)?;
        let constraint = &table.constraints[index];
        let name = &self.name;
        let step = naming::step(&["drop_constraint", name]);
        let second = |suffix| naming::step(&["drop_constraint", name, suffix]);
        let mut up = vec![Part::transaction(&step, vec![drop_constraint(&table.name, name)])];
        let rest = restore_constraint(table, constraint);
        let definition = constraint.definition.as_str();
        if is_partitioned(table) && constraint.kind != ConstraintKind::Check {
            // Nothing can be done beforehand there.
            let mut back = vec![add_constraint(&table.name, name, definition)];
            back.extend(rest);
            return Ok(Compiled {
                up,
                down: vec![Part::transaction(&step, back)],
                notices: vec![format!("{} is partitioned: its rows are looked at under a lock", table.name)],
            });
        }
        let index = table.indexes.iter().find(|i| i.constraint.as_deref() == Some(name));
        let down = match (constraint.kind, index) {
            (ConstraintKind::PrimaryKey | ConstraintKind::Unique, Some(index)) => {
                let ident = quote::ident(name);
                let kind = if constraint.kind == ConstraintKind::Unique { "UNIQUE" } else { "PRIMARY KEY" };
                let take =
                    format!("ADD CONSTRAINT {ident} {kind} USING INDEX {ident} {}", deferrable(definition));
                let mut back = vec![alter(&table.name, take.trim_end())];
                back.extend(rest);
                // First the index, which nobody waits for. Its step pairs with one that comes first on the way up too: then
                // whoever turns back half-way builds it, where it is not there.
                up.insert(0, Part::transaction(second("index"), Vec::new()));
                let create = create_index(index, "CONCURRENTLY IF NOT EXISTS");
                vec![Part::no_transaction(second("index"), vec![create]), Part::transaction(&step, back)]
            }
            (ConstraintKind::ForeignKey | ConstraintKind::Check, _) if constraint.validated => {
                let mut back = vec![add_constraint(&table.name, name, &format!("{definition} NOT VALID"))];
                back.extend(rest);
                vec![
                    Part::transaction(&step, back),
                    Part::transaction(second("validate"), vec![validate(&table.name, name)]),
                ]
            }
            _ => {
                let mut back = vec![add_constraint(&table.name, name, definition)];
                back.extend(rest);
                vec![Part::transaction(&step, back)]
            }
        };
        Ok(Compiled { up, down, notices: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown_in, shown_over, users};
    use crate::model::Dialect;
    use crate::schema::{Constraint, ConstraintKind, Index, Name};

    #[test]
    fn a_constraint_comes_back_from_its_definition() {
        let mut users = users(Dialect::Postgres);
        let constraint = |name: &str, kind, definition: &str| Constraint {
            name: Some(name.to_owned()),
            kind,
            columns: vec!["email".to_owned()],
            references: None,
            definition: definition.to_owned(),
            validated: !definition.ends_with("NOT VALID"),
            facts: Vec::new(),
        };
        users.tables[0].constraints = vec![
            constraint("filled", ConstraintKind::Check, "CHECK ((email <> ''::text))"),
            constraint("new", ConstraintKind::Check, "CHECK ((email <> 'x'::text)) NOT VALID"),
            constraint("once", ConstraintKind::Unique, "UNIQUE (email) DEFERRABLE INITIALLY DEFERRED"),
        ];
        users.tables[0].indexes = vec![Index {
            name: Name::new("once"),
            unique: true,
            valid: true,
            constraint: Some("once".to_owned()),
            definition: "CREATE UNIQUE INDEX once ON public.users USING btree (email)".to_owned(),
            ..Index::default()
        }];
        let mut all = String::new();
        let fields = |name: &str| format!("type = \"drop_constraint\"\ntable = \"users\"\nname = \"{name}\"");
        for name in ["new", "once"] {
            all.push_str(&shown_over(&fields(name), &users));
        }
        let mut sqlite = super::super::tests::users(Dialect::Sqlite);
        sqlite.tables[0].definition =
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT CONSTRAINT filled CHECK (email <> '') NOT NULL, -- so\n name TEXT)".to_owned();
        sqlite.tables[0].constraints =
            vec![constraint("filled", ConstraintKind::Check, "CHECK (email <> '')")];
        all.push_str(&shown_over(&fields("FILLED"), &sqlite));
        all.push_str(&refusal(&fields("f"), &users));
        insta::assert_snapshot!("constraints_of_every_sort", all);
        insta::assert_snapshot!(shown_in(&fields("filled"), &[sqlite, users]));
    }
}
