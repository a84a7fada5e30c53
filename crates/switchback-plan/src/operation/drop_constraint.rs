//! `drop_constraint`: a constraint less.

use super::look::{refused, there_is, wrong};
use super::postgres::{
    add_constraint, alter, create_index, deferrable, drop_constraint, restore_constraint, validate,
};
use super::{Against, Compile, Compiled, Part, naming, sqlite};
use crate::ddl;
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
    /// Its name.
    pub name: String,
}

impl DropConstraint {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, &'a Constraint)> {
        let table = against.table(&self.table)?;
        let named = |c: &&Constraint| {
            c.name.as_deref().is_some_and(|n| super::create_table::same(n, &self.name, against.dialect()))
        };
        let found = table.constraints.iter().find(named);
        let constraint = found.ok_or_else(|| {
            wrong(format!("the table {} has no constraint {}", table.name, self.name)).hint(there_is(
                "constraint with a name",
                table.constraints.iter().filter_map(|c| c.name.as_deref()),
            ))
        })?;
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
        Ok((table, constraint))
    }
}

impl Compile for DropConstraint {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, _) = self.check(against)?;
        let text = sqlite::text(table)?;
        let named = |name: &Option<String>| name.as_deref().is_some_and(|n| ddl::same(n, &self.name));
        let place = text.all_constraints().find(|(.., clause)| named(&clause.name)).map(|(place, ..)| place);
        let place =
            place.ok_or_else(|| wrong(format!("the text of {} names no {}", table.name, self.name)))?;
        let new = text.drop_constraint(place)?;
        sqlite::rebuilt(&naming::step(&["drop_constraint", &self.name]), table, &new, &[], &[], against)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, constraint) = self.check(against)?;
        let name = &self.name;
        let step = naming::step(&["drop_constraint", name]);
        let second = |suffix| naming::step(&["drop_constraint", name, suffix]);
        let mut up = vec![Part::transaction(&step, vec![drop_constraint(&table.name, name)])];
        let rest = restore_constraint(table, constraint);
        let definition = constraint.definition.as_str();
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
    use super::super::testing::{refusal, shown_in, shown_over, users};
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
        let mut sqlite = super::super::testing::users(Dialect::Sqlite);
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
