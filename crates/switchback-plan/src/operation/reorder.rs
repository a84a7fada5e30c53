//! PostgreSQL: a column that comes back into its place among the others.
//!
//! A new column is always the last. So those behind its place are made anew behind it, in their order: renamed away, added
//! again, filled in one pass with the kept values, and dropped under their old names; what is made of them makes way
//! before, and is made again as it was.

use super::Against;
use super::depends::Dependents;
use super::keep::Kept;
use super::look::refused;
use super::postgres::{
    add_constraint, alter, beneath_not_null, create_index, drop_constraint, grants, properties,
    restore_constraint, restore_index, type_of,
};
use crate::error::Result;
use crate::lex::mentions;
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Column, Constraint, ConstraintKind, Index, Kind, Object, Table};
use std::collections::BTreeMap;

/// What has to be done for a column to come back.
pub(super) struct Reorder<'a> {
    table: &'a Table,
    column: &'a Column,
    /// From its place on, itself too; further to the left where a column is made of one that moves.
    columns: &'a [Column],
    /// Of columns whose domain is never NULL: what they are of until they are filled.
    loose: BTreeMap<&'a str, String>,
    dependents: Dependents<'a>,
    /// Those among them that went with the column: statistics over it and others.
    gone: Vec<&'a Object>,
    /// Constraints of any table that are about columns that move, and those about the column itself.
    constraints: Vec<(&'a Table, &'a Constraint)>,
    indexes: Vec<&'a Index>,
    /// Sequences that belong to columns that move.
    sequences: Vec<(String, String)>,
}

/// The statements that make a constraint again.
fn constrained((table, constraint): &(&Table, &Constraint)) -> Vec<String> {
    let Some(name) = &constraint.name else { return Vec::new() };
    let mut statements = vec![add_constraint(&table.name, name, &constraint.definition)];
    statements.extend(restore_constraint(table, constraint));
    statements
}

impl<'a> Reorder<'a> {
    pub(super) fn new(table: &'a Table, column: &'a Column, against: &Against<'a>) -> Result<Reorder<'a>> {
        let place = table.columns.iter().position(|c| c.name == column.name).unwrap_or_default();
        let mut first = place;
        // A generated column cannot stay while what it is made of moves.
        while let Some(left) = table.columns[..first].iter().position(|c| {
            c.generated.as_ref().is_some_and(|g| {
                table.columns[first..].iter().any(|m| mentions(Dialect::Postgres, &g.expression, &m.name))
            })
        }) {
            first = left;
        }
        let columns = &table.columns[first..];
        if let Some(identity) = columns.iter().find(|c| c.identity.is_some()) {
            return Err(refused(format!(
                "{}.{} numbers itself, and stands behind {}, which could not come back to its place",
                table.name, identity.name, column.name
            ))
            .hint("write an operation `sql`, both ways"));
        }
        let moved: Vec<&str> =
            columns.iter().filter(|c| c.name != column.name).map(|c| c.name.as_str()).collect();
        let all: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        let touched = |names: &[String]| names.iter().any(|n| all.contains(&n.as_str()));
        let schema: &'a crate::schema::Schema = against.schema;
        let mut constraints: Vec<(&Table, &Constraint)> =
            table.constraints.iter().filter(|c| touched(&c.columns)).map(|c| (table, c)).collect();
        for (other, constraint) in schema.referring(&table.name) {
            let refers = constraint.references.as_ref().is_some_and(|r| touched(&r.columns));
            if refers && !constraints.iter().any(|(t, c)| t.name == other.name && c.name == constraint.name) {
                constraints.push((other, constraint));
            }
        }
        // Keys before what refers to them.
        constraints.sort_by_key(|(_, c)| match c.kind {
            ConstraintKind::PrimaryKey => 0,
            ConstraintKind::Unique | ConstraintKind::Exclusion => 1,
            ConstraintKind::Check | ConstraintKind::Trigger => 2,
            ConstraintKind::ForeignKey => 3,
        });
        let indexes =
            table.indexes.iter().filter(|i| i.constraint.is_none() && touched(&i.mentions)).collect();
        let mut sequences = Vec::new();
        for object in schema.objects.iter().filter(|o| o.kind == Kind::Sequence) {
            for name in &moved {
                let owner = format!("{}.{name}", table.name);
                if object.facts.iter().any(|f| f.property == "owned by" && f.value == owner) {
                    sequences.push((object.name.sql(), (*name).to_owned()));
                }
            }
        }
        let about = |o: &&'a Object| {
            let own =
                |u: &crate::schema::Use| u.name == table.name && u.column.as_deref() == Some(&column.name);
            o.kind == Kind::Statistics && o.uses.iter().any(own)
        };
        let gone: Vec<&Object> = schema.objects.iter().filter(about).collect();
        let given = columns.iter().filter(|c| c.generated.is_none());
        let loose = given.filter_map(|c| Some((c.name.as_str(), beneath_not_null(schema, &c.data_type)?)));
        Ok(Reorder {
            table,
            column,
            columns,
            loose: loose.collect(),
            dependents: Dependents::of_rewritten(against, &table.name, &moved, &gone),
            gone,
            constraints,
            indexes,
            sequences,
        })
    }

    fn is_moved(&self, column: &Column) -> bool {
        column.name != self.column.name
    }

    /// What a person should know about the way down.
    pub(super) fn notice(&self) -> Option<String> {
        let behind = self.columns.len() - 1;
        let them = if behind == 1 { "the column".to_owned() } else { format!("the {behind} columns") };
        (behind > 0).then(|| {
            format!(
                "the way down makes {0}.{1} and {them} behind it anew: it writes every row of {0} under a lock that keeps readers out; an operation `sql` whose way down adds the column as the last one does not, and is proven as column-order",
                self.table.name, self.column.name
            )
        })
    }

    /// Whether it is still there when the column is not.
    fn stays(&self, columns: &[String]) -> bool {
        !columns.contains(&self.column.name)
    }

    pub(super) fn statements(&self, kept: Option<&Kept<'_>>, otherwise: &str) -> Vec<String> {
        let name = &self.table.name;
        let mut out = self.dependents.drop_but(&self.gone);
        for (table, constraint) in self.constraints.iter().rev() {
            // A foreign key of another table is there, whatever its columns are called.
            if (self.stays(&constraint.columns) || table.name != *name)
                && let Some(constraint) = &constraint.name
            {
                out.push(drop_constraint(&table.name, constraint));
            }
        }
        let there = self.indexes.iter().filter(|i| self.stays(&i.mentions));
        out.extend(there.map(|i| format!("DROP INDEX {}", i.name.sql())));
        out.extend(self.sequences.iter().map(|(s, _)| format!("ALTER SEQUENCE {s} OWNED BY NONE")));
        let old = |column: &Column| {
            let at = self.columns.iter().position(|c| c.name == column.name).unwrap_or_default();
            let old = format!("switchback_old_{at}");
            quote::ident(&old)
        };
        let stored: Vec<&Column> =
            self.columns.iter().filter(|c| self.is_moved(c) && c.generated.is_none()).collect();
        let made: Vec<&Column> =
            self.columns.iter().filter(|c| self.is_moved(c) && c.generated.is_some()).collect();
        let drop = |names: Vec<String>| {
            let actions: Vec<String> = names.into_iter().map(|n| format!("DROP COLUMN {n}")).collect();
            alter(name, actions.join(",\n    "))
        };
        if !made.is_empty() {
            out.push(drop(made.iter().map(|c| quote::ident(&c.name)).collect()));
        }
        for column in &stored {
            out.push(alter(name, format!("RENAME COLUMN {} TO {}", quote::ident(&column.name), old(column))));
        }
        for column in self.columns {
            let of = self.loose.get(column.name.as_str()).cloned().unwrap_or_else(|| type_of(column));
            let mut definition = format!("ADD COLUMN {} {of}", quote::ident(&column.name));
            if let Some(generated) = &column.generated {
                let how = if generated.stored { "STORED" } else { "VIRTUAL" };
                definition.push_str(&format!(" GENERATED ALWAYS AS ({}) {how}", generated.expression));
            }
            out.push(alter(name, definition));
        }
        let update = self.update(&stored, &old, kept, otherwise);
        if update.is_some() {
            out.extend(update);
            out.extend(self.settled());
        }
        let mut actions = Vec::new();
        for column in self.columns {
            let ident = quote::ident(&column.name);
            if self.loose.contains_key(column.name.as_str()) {
                actions.push(format!("ALTER COLUMN {ident} TYPE {}", type_of(column)));
            }
            if let Some(default) = &column.default {
                actions.push(format!("ALTER COLUMN {ident} SET DEFAULT {default}"));
            }
            if column.not_null {
                actions.push(format!("ALTER COLUMN {ident} SET NOT NULL"));
            }
            actions.extend(properties(column));
        }
        if !actions.is_empty() {
            out.push(alter(name, actions.join(",\n    ")));
        }
        if !stored.is_empty() {
            out.push(drop(stored.iter().map(|c| old(c)).collect()));
        }
        for (sequence, column) in &self.sequences {
            out.push(format!("ALTER SEQUENCE {sequence} OWNED BY {}.{}", name.sql(), quote::ident(column)));
        }
        // A foreign key may refer to a unique index that is no constraint's.
        let (foreign, own): (Vec<_>, Vec<_>) =
            self.constraints.iter().partition(|(_, c)| c.kind == ConstraintKind::ForeignKey);
        out.extend(own.into_iter().flat_map(constrained));
        for index in &self.indexes {
            out.push(create_index(index, ""));
            out.extend(restore_index(name, index));
        }
        out.extend(foreign.into_iter().flat_map(constrained));
        for column in self.columns {
            for fact in column.facts.iter().filter(|f| f.property == "comment") {
                out.push(format!(
                    "COMMENT ON COLUMN {}.{} IS {}",
                    name.sql(),
                    quote::ident(&column.name),
                    quote::literal(&fact.value)
                ));
            }
            out.extend(grants(name, column));
        }
        out.extend(self.dependents.create());
        out
    }

    /// Checks at once what is deferred: as long as a row waits for its check, the table cannot be altered.
    fn settled(&self) -> Vec<String> {
        let waits = |c: &&Constraint| {
            c.definition.contains("INITIALLY DEFERRED")
                && !self.constraints.iter().any(|(t, o)| t.name == self.table.name && o.name == c.name)
        };
        let deferred = self.table.constraints.iter().filter(waits).filter_map(|c| c.name.as_deref());
        let names: Vec<String> = deferred.map(|name| self.table.name.sibling(name).sql()).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let names = names.join(", ");
        ["IMMEDIATE", "DEFERRED"].map(|when| format!("SET CONSTRAINTS {names} {when}")).to_vec()
    }

    /// One pass over the rows: what moves, and what was kept.
    fn update(
        &self,
        stored: &[&Column],
        old: &dyn Fn(&Column) -> String,
        kept: Option<&Kept<'_>>,
        otherwise: &str,
    ) -> Option<String> {
        let name = self.table.name.sql();
        let target = quote::ident(&self.column.name);
        let mut set: Vec<String> =
            stored.iter().map(|c| format!("{} = t.{}", quote::ident(&c.name), old(c))).collect();
        let Some(kept) = kept else {
            if self.column.generated.is_none() && otherwise != "NULL" {
                set.push(format!("{target} = {otherwise}"));
            }
            return (!set.is_empty()).then(|| format!("UPDATE {name} AS t SET {}", set.join(", ")));
        };
        // The key may be among the columns that move.
        let key = |column: &Column| {
            if stored.iter().any(|c| c.name == column.name) {
                old(column)
            } else {
                quote::ident(&column.name)
            }
        };
        let pairs = |one: &str, other: &dyn Fn(&Column) -> String| {
            let equal = |c: &&Column| format!("{one}.{} = {}", key(c), other(c));
            kept.key.iter().map(equal).collect::<Vec<_>>().join(" AND ")
        };
        let first = kept.key.first().map(|c| quote::ident(&c.name)).unwrap_or_default();
        set.push(format!("{target} = CASE WHEN k.{first} IS NULL THEN {otherwise} ELSE k.{target} END"));
        Some(format!(
            "UPDATE {name} AS t SET {}\nFROM {name} AS s LEFT JOIN {} AS k ON {}\nWHERE {}",
            set.join(", "),
            kept.name.sql(),
            pairs("s", &|c| format!("k.{}", quote::ident(&c.name))),
            pairs("t", &|c| format!("s.{}", key(c))),
        ))
    }
}
