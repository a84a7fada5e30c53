//! What is known of a table's values before anything is tried: from its keys, its partitions, and the rows it refers to.

use super::check::{self, Hint};
use crate::db::Database;
use std::collections::BTreeMap;
use switchback_plan::quote::ident;
use switchback_plan::schema::{ConstraintKind, Kind, Name, Object, Schema, Table};
use switchback_plan::{Dialect, ErrorKind, Result};

/// Whether two names are one.
pub(super) fn same(dialect: Dialect, a: &str, b: &str) -> bool {
    match dialect {
        Dialect::Sqlite => a.eq_ignore_ascii_case(b),
        Dialect::Postgres => a == b,
    }
}

/// Adds hints to those that are there.
pub(super) fn merge(into: &mut BTreeMap<String, Vec<Hint>>, from: BTreeMap<String, Vec<Hint>>) {
    for (column, hints) in from {
        into.entry(column).or_default().extend(hints);
    }
}

/// What a message may call a unique key, and its columns.
pub(super) fn unique(table: &Table) -> Vec<(Vec<String>, Vec<String>)> {
    let constraints = table
        .constraints
        .iter()
        .filter(|c| matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique))
        .map(|c| (c.name.clone(), c.columns.clone()));
    let indexes = table.indexes.iter().filter(|i| i.unique).map(|i| {
        let columns: Vec<String> = i.columns.iter().flatten().cloned().collect();
        // Of an expression, all columns that it mentions.
        let columns = if columns.len() < i.columns.len() { i.mentions.clone() } else { columns };
        (Some(i.name.name.clone()), columns)
    });
    constraints
        .chain(indexes)
        .map(|(name, columns)| {
            // SQLite names the columns: `UNIQUE constraint failed: t.a, t.b`.
            let list: Vec<String> = columns.iter().map(|c| format!("{}.{c}", table.name.name)).collect();
            (name.into_iter().chain([list.join(", ")]).collect(), columns)
        })
        .collect()
}

/// The bounds of a table's partitions, for the columns of its key.
pub(super) fn bounds(schema: &Schema, table: &Table, names: &[String]) -> BTreeMap<String, Vec<Hint>> {
    let mut found = BTreeMap::new();
    let mut parents = vec![table];
    while let Some(parent) = parents.pop() {
        let Some(key) = parent.fact("partition key") else { continue };
        let children =
            schema.tables.iter().filter(|t| t.fact("partition of") == Some(&parent.name.to_string()));
        for child in children {
            let bound = child.fact("partition bound").unwrap_or_default();
            for column in names.iter().filter(|n| key.contains(n.as_str())) {
                // As a check of that column would say it.
                let bound = bound.split(" TO ").next().unwrap_or_default();
                let said = format!("{} = {bound}", ident(column));
                merge(&mut found, check::hints(schema.dialect, &said, names));
            }
            parents.push(child);
        }
    }
    found
}

/// What the triggers of a table compare its columns with. They say what they refuse, so what they call wrong is right.
pub(super) fn triggered(schema: &Schema, table: &Table, names: &[String]) -> BTreeMap<String, Vec<Hint>> {
    let mut found = BTreeMap::new();
    let own = |o: &&Object| o.kind == Kind::Trigger && o.table.as_ref() == Some(&table.name);
    for trigger in schema.objects.iter().filter(own) {
        let mut texts = vec![trigger.definition.as_str()];
        for function in schema.objects.iter().filter(|o| o.kind == Kind::Function) {
            let name = function.name.name.split('(').next().unwrap_or_default();
            if trigger.definition.contains(&format!("{name}(")) {
                let body = function.facts.iter().find(|f| f.property == "body");
                texts.extend(body.map(|f| f.value.as_str()));
            }
        }
        for text in texts {
            let text = text.replace("NOT ", "").replace("not ", "");
            merge(&mut found, check::hints(schema.dialect, &text, names));
        }
    }
    found
}

/// Keys that can be referred to, as literals.
pub(super) fn parents(db: &mut Database, table: &Name, columns: &[String]) -> Result<Vec<Vec<String>>> {
    let quoted: Vec<String> = columns.iter().map(|c| ident(c)).collect();
    let there: Vec<String> = quoted.iter().map(|c| format!("{c} IS NOT NULL")).collect();
    let literals: Vec<String> = quoted
        .iter()
        .map(|c| match db.dialect() {
            Dialect::Sqlite => format!("quote({c})"),
            Dialect::Postgres => format!("pg_catalog.quote_literal({c}::text)"),
        })
        .collect();
    // Generated numbers are the largest: what migrations insert themselves refers to their own.
    let newest: Vec<String> = quoted.iter().map(|c| format!("{c} DESC")).collect();
    let newest = newest.join(", ");
    let sql = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {newest} LIMIT 30",
        literals.join(", "),
        table.sql(),
        there.join(" AND "),
    );
    let rows = match db.query_own(&sql, &[]) {
        Ok(rows) => rows,
        Err(e) if e.kind() == ErrorKind::Interrupted => return Err(e),
        // A key that is missing is the schema's mistake, not ours.
        Err(_) => return Ok(Vec::new()),
    };
    rows.iter().map(|row| (0..columns.len()).map(|i| row.at(i)).collect()).collect()
}
