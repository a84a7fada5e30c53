//! Statements of SQLite that several operations write.

use super::{Against, Compiled, Part};
use crate::ddl::{self, Copy, TableText};
use crate::error::Result;
use crate::lex::{lex, mentions_written};
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Schema, Table};

/// The stored text of a table, with the place of everything in it.
pub(super) fn text(table: &Table) -> Result<TableText> {
    TableText::parse(&table.definition)
}

/// Statements with foreign keys off around them.
pub(super) fn unchecked(step: &str, statements: Vec<String>) -> Part {
    Part { foreign_keys_off: true, ..Part::transaction(step, statements) }
}

/// A table with another text, and what its columns are filled with both ways. The way down restores the stored text.
pub(super) fn rebuilt(
    step: &str,
    table: &Table,
    new: &TableText,
    up: &[Copy],
    down: &[Copy],
    against: &Against<'_>,
) -> Result<Compiled> {
    let back = Table { definition: new.sql().to_owned(), ..table.clone() };
    Ok(Compiled {
        up: vec![unchecked(step, ddl::rebuild(table, new.sql(), up, against.schema)?)],
        down: vec![unchecked(step, ddl::rebuild(&back, &table.definition, down, against.schema)?)],
        notices: Vec::new(),
    })
}

/// Names as SQLite's own renaming writes them: bare where they can be, for then it leaves the texts as they were.
pub(super) fn bare(name: &str) -> String {
    ddl::name(name)
}

/// The stored texts that SQLite's renaming there and back would leave written otherwise, with the statements that write
/// them as they were. Only quotes and letters' case differ, so that nothing but the text has to change.
pub(super) fn restored(
    schema: &Schema,
    table: &Table,
    old: &str,
    exact: impl Fn(&str) -> bool,
) -> Vec<String> {
    let changed = |text: &str| {
        let names = lex(Dialect::Sqlite, text).into_iter().map(|t| t.text(text));
        names.into_iter().any(|written| ddl::same(&ddl::unquote(written), old) && !exact(written))
    };
    // Only what can hold the name: the table, what refers to it, and what mentions it.
    let refers = |t: &Table| schema.referring(&table.name).any(|(other, _)| other.name == t.name);
    let mut texts = vec![("table", &table.name.name, &table.definition)];
    texts.extend(table.indexes.iter().map(|i| ("index", &i.name.name, &i.definition)));
    for other in schema.tables.iter().filter(|t| t.name != table.name && refers(t)) {
        texts.push(("table", &other.name.name, &other.definition));
    }
    for object in &schema.objects {
        let kind = match object.kind {
            crate::schema::Kind::View => "view",
            crate::schema::Kind::Trigger => "trigger",
            _ => continue,
        };
        if !mentions_written(Dialect::Sqlite, &object.definition, &table.name.name) {
            continue;
        }
        texts.push((kind, &object.name.name, &object.definition));
    }
    let mut updates: Vec<String> = texts
        .into_iter()
        .filter(|(_, _, text)| !text.is_empty() && changed(text))
        .map(|(kind, name, text)| {
            format!(
                "UPDATE sqlite_schema SET sql = {} WHERE type = '{kind}' AND name = {}",
                quote::sqlite_literal(text),
                quote::sqlite_literal(name)
            )
        })
        .collect();
    if !updates.is_empty() {
        updates.insert(
            0,
            "-- The stored texts again as they were: the same but for quotes and letters' case.\nPRAGMA writable_schema = ON"
                .to_owned(),
        );
        updates.push("PRAGMA writable_schema = RESET".to_owned());
    }
    updates
}
