//! Rebuilding a table: the statements that put another text in the place of a table's own and keep all else.

use super::{TableText, same};
use crate::error::{Error, ErrorKind, Result};
use crate::quote::{ident, sqlite_literal};
use crate::schema::{Kind, Name, Schema, Table};

/// What a column of the new table is filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The column of the new table.
    pub column: String,
    /// An expression over the old table's columns; `None` leaves the column to its default.
    pub expression: Option<String>,
}

impl Copy {
    /// A column, and the expression that it is filled with.
    pub fn new(column: impl Into<String>, expression: impl Into<String>) -> Copy {
        Copy { column: column.into(), expression: Some(expression.into()) }
    }
}

/// The statements, without semicolons, that rebuild a table from a new text.
///
/// The old table is renamed away, so that the new one is made under its true name from a text that is otherwise the old
/// one, byte for byte; views, triggers of other tables and foreign keys, which hold the name, are not rewritten, because
/// `legacy_alter_table` is on meanwhile. Rows are copied by one INSERT, with their rowids where no column is one; a
/// column of the new text that `copies` does not name takes the old column of its name, and where there is none, its
/// default. Then come the AUTOINCREMENT counter, the indexes of `table` and the triggers that `schema` has for it, each
/// from its stored text: whoever wants others changes those two before. Foreign keys must be off around it.
///
/// # Errors
/// When a text cannot be read, the new one has another name, or a copy names a column that is not there or generated.
pub fn rebuild(table: &Table, new_text: &str, copies: &[Copy], schema: &Schema) -> Result<Vec<String>> {
    let old = TableText::parse(&table.definition)?;
    let new = TableText::parse(new_text)?;
    let true_name = &table.name.name;
    if new.name != *true_name {
        return Err(refused(format!("the new text of table {true_name} makes a table {}", new.name)));
    }
    let aside = aside(schema, true_name);
    let (name, old_name) = (ident(true_name), ident(&aside));
    let mut statements = vec![
        "PRAGMA legacy_alter_table = ON".to_owned(),
        format!("ALTER TABLE {name} RENAME TO {old_name}"),
        new_text.to_owned(),
        insert(&old, &new, copies, &name, &old_name)?,
    ];
    if old.autoincrement() && new.autoincrement() {
        // Renaming the table has renamed its counter; the copy has begun one of its own, which may be lower.
        statements.push(format!("DELETE FROM sqlite_sequence WHERE name = {}", sqlite_literal(true_name)));
        statements.push(format!(
            "UPDATE sqlite_sequence SET name = {} WHERE name = {}",
            sqlite_literal(true_name),
            sqlite_literal(&aside)
        ));
    }
    statements.push(format!("DROP TABLE {old_name}"));
    statements.extend(table.indexes.iter().map(|i| i.definition.clone()).filter(|d| !d.is_empty()));
    statements.extend(triggers(schema, &table.name));
    statements.push("PRAGMA legacy_alter_table = OFF".to_owned());
    Ok(statements)
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, message)
        .hint("write the SQL by hand: an operation of type \"sql\" takes both directions")
}

fn triggers(schema: &Schema, table: &Name) -> impl Iterator<Item = String> {
    schema
        .objects
        .iter()
        .filter(move |o| {
            o.kind == Kind::Trigger && o.table.as_ref().is_some_and(|t| same(&t.name, &table.name))
        })
        .map(|o| o.definition.clone())
}

/// A name that nothing has.
fn aside(schema: &Schema, table: &str) -> String {
    let mut name = format!("switchback_old_{table}");
    let taken = |name: &str| {
        schema
            .tables
            .iter()
            .any(|t| same(&t.name.name, name) || t.indexes.iter().any(|i| same(&i.name.name, name)))
            || schema.objects.iter().any(|o| same(&o.name.name, name))
    };
    while taken(&name) {
        name.push('_');
    }
    name
}

fn insert(old: &TableText, new: &TableText, copies: &[Copy], name: &str, aside: &str) -> Result<String> {
    for copy in copies {
        match new.column(&copy.column) {
            Some(column) if column.generated().is_some() => {
                return Err(refused(format!("{}.{} is generated and takes no value", new.name, copy.column)));
            }
            Some(_) => {}
            None => return Err(refused(format!("table {} has no column {}", new.name, copy.column))),
        }
    }
    let (mut into, mut from) = (Vec::new(), Vec::new());
    if let Some(rowid) = rowid(old, new) {
        into.push(rowid.to_owned());
        from.push(rowid.to_owned());
    }
    for column in new.columns.iter().filter(|c| c.generated().is_none()) {
        let value = match copies.iter().find(|c| same(&c.column, &column.name)) {
            Some(copy) => copy.expression.clone(),
            None => old.column(&column.name).map(|c| ident(&c.name)),
        };
        if let Some(value) = value {
            into.push(ident(&column.name));
            from.push(value);
        }
    }
    // A constraint's own ON CONFLICT would drop or change rows without a word.
    let or_abort = if has_on_conflict(new) { " OR ABORT" } else { "" };
    if into.is_empty() {
        return Err(refused(format!("no column of table {} is filled", new.name)));
    }
    Ok(format!("INSERT{or_abort} INTO {name} ({})\nSELECT {} FROM {aside}", into.join(", "), from.join(", ")))
}

fn has_on_conflict(table: &TableText) -> bool {
    let clauses = table.columns.iter().flat_map(|c| &c.clauses).chain(&table.constraints);
    clauses.into_iter().any(|c| c.text.contains("ON CONFLICT"))
}

/// What the rowid is called, where it is worth keeping: both tables have one, and no column is another name of it.
fn rowid(old: &TableText, new: &TableText) -> Option<&'static str> {
    if old.without_rowid || new.without_rowid || old.rowid_alias().is_some() || new.rowid_alias().is_some() {
        return None;
    }
    ["rowid", "_rowid_", "oid"].into_iter().find(|n| old.column(n).is_none() && new.column(n).is_none())
}
