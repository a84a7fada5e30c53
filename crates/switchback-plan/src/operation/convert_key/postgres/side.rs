//! The transaction of one direction.

use super::super::{Work, rewrite};
use super::dependents::Dependents;
use super::{Conversion, aside, index, is_partitioned, more_memory};
use crate::model::Direction;
use crate::quote::{ident, literal};
use crate::schema::{Column, Constraint, ConstraintKind, Fact, Index, Name, Table};

/// One direction of the conversion.
pub(super) struct Side<'g> {
    conversion: &'g Conversion<'g>,
    direction: Direction,
}

impl<'g> Side<'g> {
    pub(super) fn new(conversion: &'g Conversion<'g>, direction: Direction) -> Side<'g> {
        Side { conversion, direction }
    }

    /// Its statements, in their order.
    pub(super) fn statements(&self) -> Vec<String> {
        let Conversion { graph, spellings, moved, .. } = self.conversion;
        let mut out = vec![more_memory()];
        let dependents = Dependents::of(graph, moved);
        let mut tables = dependents.tables(graph);
        tables.extend(graph.tables.iter().map(|w| w.table.name.clone()));
        tables.extend(moved.iter().map(|(t, _)| t.name.clone()));
        let tables: Vec<String> = tables.iter().map(Name::sql).collect();
        out.push(format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", ")));
        out.extend(dependents.objects.iter().rev().map(|(object, _)| object.drop.clone()));
        self.drop_foreign_keys(&mut out);
        let dropped = |o: &crate::schema::Object| dependents.objects.iter().any(|(d, _)| std::ptr::eq(*d, o));
        let (off, on) = aside::silence(moved, graph, &dropped);
        match self.direction {
            Direction::Up => {
                out.extend(off.iter().cloned());
                aside::move_rows(moved, graph, &mut out);
                out.extend(on.iter().cloned());
                aside::keep_spellings(spellings, graph, &mut out);
            }
            Direction::Down => aside::make_finders(spellings, graph, &mut out),
        }
        let indexes = self.indexes();
        for (_, index, _) in &indexes {
            out.push(format!("DROP INDEX {}", index.name.sql()));
        }
        for work in &graph.tables {
            self.alter(work, &mut out);
        }
        if self.direction == Direction::Down {
            aside::forget_spellings(spellings, &mut out);
            out.extend(off);
            aside::return_rows(moved, &mut out);
            out.extend(on);
        }
        for (table, index, converted) in &indexes {
            self.create_index(table, index, converted, &mut out);
        }
        self.add_foreign_keys(&mut out);
        for (object, converted) in dependents.objects {
            match self.direction {
                Direction::Up => out.extend(converted),
                Direction::Down => out.extend(object.create.iter().cloned()),
            }
        }
        out
    }

    /// The foreign keys, a table after the other.
    fn foreign_keys(&self) -> Vec<(&'g Table, Vec<&'g Constraint>)> {
        let mut tables: Vec<(&Table, Vec<&Constraint>)> = Vec::new();
        for (table, key) in &self.conversion.foreign_keys {
            match tables.last_mut().filter(|(t, _)| t.name == table.name) {
                Some((_, keys)) => keys.push(key),
                None => tables.push((table, vec![key])),
            }
        }
        tables
    }

    fn drop_foreign_keys(&self, out: &mut Vec<String>) {
        for (table, keys) in self.foreign_keys() {
            let name = |key: &&Constraint| Some(format!("DROP CONSTRAINT {}", ident(key.name.as_deref()?)));
            let drops: Vec<String> = keys.iter().filter_map(name).collect();
            out.push(alter_table(table, &drops));
        }
    }

    /// Not valid yet: that is checked behind the commit, where it blocks nobody.
    fn add_foreign_keys(&self, out: &mut Vec<String>) {
        for (table, keys) in self.foreign_keys() {
            let add = |key: &&Constraint| {
                // A partitioned table takes no foreign key that is not valid.
                let later = key.validated && !is_partitioned(table);
                let not_valid = if later { " NOT VALID" } else { "" };
                Some(format!("ADD CONSTRAINT {} {}{not_valid}", ident(key.name.as_deref()?), key.definition))
            };
            let adds: Vec<String> = keys.iter().filter_map(add).collect();
            out.push(alter_table(table, &adds));
            out.extend(keys.iter().filter_map(|key| comment_on_constraint(table, key)));
        }
    }

    /// All key columns of a table at once, so that it is rewritten once; with the checks that would read otherwise.
    fn alter(&self, work: &Work<'_>, out: &mut Vec<String>) {
        let was = was(work);
        let checks: Vec<(&Constraint, String)> = work
            .table
            .constraints
            .iter()
            .filter(|c| c.kind == ConstraintKind::Check)
            .map(|c| (c, rewrite::expression(&c.definition, &was)))
            .filter(|(c, converted)| c.definition != *converted)
            .collect();
        let mut actions = Vec::new();
        for (check, _) in &checks {
            if let Some(name) = &check.name {
                actions.push(format!("DROP CONSTRAINT {}", ident(name)));
            }
        }
        for column in &work.columns {
            self.alter_column(work, column, &mut actions);
        }
        for (check, converted) in &checks {
            if let Some(name) = &check.name {
                let definition = match self.direction {
                    Direction::Up => converted,
                    Direction::Down => &check.definition,
                };
                actions.push(format!("ADD CONSTRAINT {} {definition}", ident(name)));
            }
        }
        out.push(alter_table(work.table, &actions));
        out.extend(checks.iter().filter_map(|(check, _)| comment_on_constraint(work.table, check)));
    }

    fn alter_column(&self, work: &Work<'_>, column: &Column, actions: &mut Vec<String>) {
        let kept = aside::of(&self.conversion.spellings, work, &column.name);
        let name = ident(&column.name);
        if column.default.is_some() {
            actions.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
        }
        match self.direction {
            Direction::Up => {
                let value = if kept.is_some() {
                    to_any_uuid(&column.name)
                } else if self.conversion.is_followed(work.table, column) {
                    format!("{name}::uuid")
                } else {
                    to_uuid(&column.name)
                };
                actions.push(format!("ALTER COLUMN {name} TYPE uuid USING {value}"));
            }
            Direction::Down => {
                let value = kept.map_or_else(|| format!("{name}::text"), aside::spelling);
                actions.push(format!("ALTER COLUMN {name} TYPE {} USING {value}", was_type(column)));
            }
        }
        if let Some(default) = &column.default {
            let default = match self.direction {
                Direction::Up => uuid_default(default),
                Direction::Down => default.clone(),
            };
            actions.push(format!("ALTER COLUMN {name} SET DEFAULT {default}"));
        }
        if self.direction == Direction::Down {
            // What a type's own value replaced when the type changed.
            for (property, action) in [("storage", "STORAGE"), ("compression", "COMPRESSION")] {
                if let Some(value) = fact(&column.facts, property) {
                    actions.push(format!("ALTER COLUMN {name} SET {action} {value}"));
                }
            }
        }
    }

    /// The indexes that have to be made again, with what they are over uuids.
    fn indexes(&self) -> Vec<(&'g Table, &'g Index, String)> {
        let mut found = Vec::new();
        for work in &self.conversion.graph.tables {
            let was = was(work);
            for index in work
                .table
                .indexes
                .iter()
                .filter(|i| i.constraint.is_none() && fact(&i.facts, "partition of").is_none())
            {
                if let Some(converted) = index::converted(index, &was) {
                    found.push((work.table, index, converted));
                }
            }
        }
        found
    }

    fn create_index(&self, table: &Table, index: &Index, converted: &str, out: &mut Vec<String>) {
        out.push(match self.direction {
            Direction::Up => converted.to_owned(),
            Direction::Down => index.definition.clone(),
        });
        if let Some(comment) = fact(&index.facts, "comment") {
            out.push(format!("COMMENT ON INDEX {} IS {}", index.name.sql(), literal(comment)));
        }
        if let Some(tablespace) = fact(&index.facts, "tablespace") {
            out.push(format!("ALTER INDEX {} SET TABLESPACE {}", index.name.sql(), ident(tablespace)));
        }
        // `2 statistics 500; 3 …`: of keys that are expressions.
        for told in fact(&index.facts, "options of keys").unwrap_or_default().split("; ") {
            if let Some((key, target)) = told.split_once(" statistics ") {
                let name = index.name.sql();
                out.push(format!("ALTER INDEX {name} ALTER COLUMN {key} SET STATISTICS {target}"));
            }
        }
        if fact(&index.facts, "clustered").is_some() {
            out.push(format!("ALTER TABLE {} CLUSTER ON {}", table.name.sql(), ident(&index.name.name)));
        }
        if fact(&index.facts, "replica identity").is_some() {
            out.push(format!(
                "ALTER TABLE {} REPLICA IDENTITY USING INDEX {}",
                table.name.sql(),
                ident(&index.name.name)
            ));
        }
    }
}

/// The types that the columns of a table had, by name.
fn was(work: &Work<'_>) -> impl Fn(&str) -> Option<String> {
    let types: Vec<(String, String)> = work.columns.iter().map(|c| (c.name.clone(), was_type(c))).collect();
    move |name| types.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone())
}

/// A column's type with its collation.
pub(super) fn was_type(column: &Column) -> String {
    match &column.collation {
        Some(collation) => format!("{} COLLATE {collation}", column.data_type),
        None => column.data_type.clone(),
    }
}

/// The uuid of a text, which stops at any other spelling than the one that comes back. The check costs no scan of its
/// own, and half of what reading the uuid twice would: behind the pattern, the cast itself takes nothing but digits.
fn to_uuid(column: &str) -> String {
    let name = ident(column);
    format!(
        "CASE WHEN {name}::text COLLATE \"C\" LIKE '________-____-____-____-____________' AND lower({name}::text COLLATE \"C\") = {name}::text COLLATE \"C\" THEN {name}::uuid ELSE ('not canonical: ' || {name}::text)::uuid END"
    )
}

/// The uuid of any spelling, blanks around it allowed; a native key is one already.
pub(super) fn to_any_uuid(column: &str) -> String {
    format!("btrim({}::text, E' \\t\\n\\r\\f')::uuid", ident(column))
}

/// A default of text as one of uuid.
fn uuid_default(default: &str) -> String {
    // `(gen_random_uuid())::text`: the cast is not needed any more.
    for cast in ["::text", "::character varying", "::bpchar"] {
        if let Some(call) =
            default.strip_suffix(cast).and_then(|d| d.strip_prefix('(')).and_then(|d| d.strip_suffix(')'))
            && ["gen_random_uuid()", "uuid_generate_v4()", "uuid_generate_v1()", "uuidv7()", "uuidv4()"]
                .contains(&call)
        {
            return call.to_owned();
        }
        if let Some(value) =
            default.strip_suffix(cast).and_then(|d| d.strip_prefix('\'')).and_then(|d| d.strip_suffix('\''))
            && rewrite::is_canonical(value)
        {
            return format!("'{value}'::uuid");
        }
    }
    format!("(({default})::text)::uuid")
}

fn alter_table(table: &Table, actions: &[String]) -> String {
    format!("ALTER TABLE {}\n    {}", table.name.sql(), actions.join(",\n    "))
}

fn comment_on_constraint(table: &Table, constraint: &Constraint) -> Option<String> {
    let comment = fact(&constraint.facts, "comment")?;
    let name = constraint.name.as_deref()?;
    Some(format!("COMMENT ON CONSTRAINT {} ON {} IS {}", ident(name), table.name.sql(), literal(comment)))
}

pub(super) fn fact<'f>(facts: &'f [Fact], property: &str) -> Option<&'f str> {
    facts.iter().find(|f| f.property == property).map(|f| f.value.as_str())
}
