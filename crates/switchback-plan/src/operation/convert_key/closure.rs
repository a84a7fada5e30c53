//! Which columns hold a key: everything that foreign keys tie together.

use super::{ConvertKey, SqliteForm};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Dialect;
use crate::schema::{Column, ConstraintKind, Kind, Name, Schema, Table};
use std::collections::BTreeSet;
use std::fmt;

/// A column that holds a key or refers to one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyColumn {
    /// The table.
    pub table: Name,
    /// The column, unquoted.
    pub column: String,
}

impl fmt::Display for KeyColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<&str> =
            self.table.schema.iter().chain([&self.table.name, &self.column]).map(String::as_str).collect();
        // With a dot inside a part nobody could tell the parts.
        if parts.iter().any(|part| part.contains(['.', '"'])) {
            let quoted: Vec<String> =
                parts.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
            return f.write_str(&quoted.join("."));
        }
        f.write_str(&parts.join("."))
    }
}

impl KeyColumn {
    /// A column of a table that is named as people write it (`users`, `audit.events`).
    pub fn new(table: &str, column: &str) -> KeyColumn {
        KeyColumn { table: Name::parse(table), column: column.to_owned() }
    }

    /// `users.id` or `audit.events.id`; in double quotes where a name has a dot: `"users"."my.id"`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<KeyColumn> {
        if let Some(parts) = quoted_parts(text) {
            match parts.as_slice() {
                [table, column] => {
                    return Ok(KeyColumn { table: Name::new(table), column: column.clone() });
                }
                [schema, table, column] => {
                    return Ok(KeyColumn { table: Name::within(schema, table), column: column.clone() });
                }
                _ => {}
            }
        }
        match text.rsplit_once('.') {
            Some((table, column)) if !table.is_empty() && !column.is_empty() && !table.starts_with('.') => {
                Ok(KeyColumn::new(table, column))
            }
            _ => Err(Error::new(ErrorKind::Source, format!("`{text}` is no column"))
                .hint("write \"table.column\", for example \"users.id\"")),
        }
    }

    /// The same, of a schema: where the dots of a text belong to names, it tells which.
    ///
    /// # Errors
    /// As [`KeyColumn::parse`].
    pub fn resolve(text: &str, schema: &Schema) -> Result<KeyColumn> {
        let parsed = KeyColumn::parse(text)?;
        let dots = |text: &str| text.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
        let mut splits = Vec::new();
        for at in dots(text) {
            let (table, column) = (&text[..at], &text[at + 1..]);
            splits.push(KeyColumn { table: Name::new(table), column: column.to_owned() });
            for dot in dots(table) {
                let table = Name::within(&table[..dot], &table[dot + 1..]);
                splits.push(KeyColumn { table, column: column.to_owned() });
            }
        }
        let found = std::iter::once(&parsed).chain(&splits).find(|k| k.find(schema).is_some()).cloned();
        Ok(found.unwrap_or(parsed))
    }

    /// Whether it is that column, as the engine compares names.
    pub fn is(&self, dialect: Dialect, table: &Name, column: &str) -> bool {
        match dialect {
            Dialect::Postgres => self.table == *table && self.column == column,
            Dialect::Sqlite => {
                self.table.name.eq_ignore_ascii_case(&table.name) && self.column.eq_ignore_ascii_case(column)
            }
        }
    }

    /// The same column, spelled as the schema spells it.
    pub(super) fn find<'s>(&self, schema: &'s Schema) -> Option<(&'s Table, &'s Column)> {
        schema.tables.iter().find_map(|t| {
            let column = t.columns.iter().find(|c| self.is(schema.dialect, &t.name, &c.name))?;
            Some((t, column))
        })
    }
}

/// The parts of a name of which one is in double quotes.
fn quoted_parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut any = false;
    loop {
        let (part, behind) = match rest.strip_prefix('"') {
            Some(inside) => {
                any = true;
                // A quote inside is written twice.
                let mut end = None;
                let mut at = 0;
                while let Some(quote) = inside[at..].find('"').map(|q| at + q) {
                    if !inside[quote + 1..].starts_with('"') {
                        end = Some(quote);
                        break;
                    }
                    at = quote + 2;
                }
                let end = end?;
                (inside[..end].replace("\"\"", "\""), &inside[end + 1..])
            }
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        match behind.strip_prefix('.') {
            Some(more) => rest = more,
            None if behind.is_empty() => return any.then_some(parts),
            None => return None,
        }
    }
}

/// A text as TOML has it.
fn toml_text(text: impl fmt::Display) -> String {
    toml::Value::String(text.to_string()).to_string()
}

/// Every column that foreign keys tie to these, whichever way they point: transitively, through self-references, and of
/// composite keys the matching column alone. Sorted; the keys themselves are among them.
///
/// # Errors
/// When a key is not in the schema.
pub fn closure(schema: &Schema, keys: &[KeyColumn]) -> Result<Vec<KeyColumn>> {
    let mut found = BTreeSet::new();
    let mut open = Vec::new();
    for key in keys {
        let (table, column) = key.find(schema).ok_or_else(|| missing(schema, key))?;
        open.push(KeyColumn { table: table.name.clone(), column: column.name.clone() });
    }
    let ties = ties(schema);
    while let Some(next) = open.pop() {
        for (one, other) in &ties {
            if *one == next && !found.contains(other) {
                open.push(other.clone());
            }
            if *other == next && !found.contains(one) {
                open.push(one.clone());
            }
        }
        found.insert(next);
    }
    Ok(found.into_iter().collect())
}

/// Each pair of columns that a foreign key ties: the one that refers, and the one referred to.
fn ties(schema: &Schema) -> Vec<(KeyColumn, KeyColumn)> {
    let mut ties = Vec::new();
    for table in schema.tables.iter().filter(|t| t.fact("partition of").is_none()) {
        for constraint in &table.constraints {
            let Some(references) = &constraint.references else { continue };
            for (from, to) in constraint.columns.iter().zip(&references.columns) {
                let from = KeyColumn { table: table.name.clone(), column: from.clone() };
                let to = KeyColumn { table: references.table.clone(), column: to.clone() };
                // On SQLite the text of a foreign key may spell names otherwise than the tables do, or name a table
                // that does not exist.
                let spelled = |k: KeyColumn| {
                    let (table, column) = k.find(schema)?;
                    Some(KeyColumn { table: table.name.clone(), column: column.name.clone() })
                };
                if let (Some(from), Some(to)) = (spelled(from), spelled(to)) {
                    ties.push((from, to));
                }
            }
        }
    }
    ties
}

fn missing(schema: &Schema, key: &KeyColumn) -> Error {
    let table = schema.tables.iter().find(|t| key.is(schema.dialect, &t.name, &key.column));
    match table {
        None => Error::new(ErrorKind::Source, format!("`{key}`: there is no table {}", key.table))
            .hint("name a table as the migrations before this one leave it"),
        Some(table) => {
            let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
            Error::new(ErrorKind::Source, format!("`{key}`: {} has no such column", table.name))
                .hint(format!("it has {}", columns.join(", ")))
        }
    }
}

/// Refuses lists that are not what the schema has, and columns that hold no text.
pub(super) fn check(operation: &ConvertKey, schema: &Schema) -> Result<()> {
    let keys = operation.keys()?;
    let found = closure(schema, &keys)?;
    let is_key = |c: &KeyColumn| keys.iter().any(|k| k.is(schema.dialect, &c.table, &c.column));
    let wanted: Vec<&KeyColumn> = found.iter().filter(|c| !is_key(c)).collect();
    let given = operation.references.iter().map(|r| KeyColumn::parse(r)).collect::<Result<Vec<_>>>()?;
    let absent: Vec<String> = wanted
        .iter()
        .filter(|w| !given.iter().any(|g| g.is(schema.dialect, &w.table, &w.column)))
        .map(ToString::to_string)
        .collect();
    let extra: Vec<String> = given
        .iter()
        .filter(|g| !wanted.iter().any(|w| g.is(schema.dialect, &w.table, &w.column)))
        .map(ToString::to_string)
        .collect();
    if !absent.is_empty() || !extra.is_empty() {
        let mut said = Vec::new();
        if !absent.is_empty() {
            said.push(format!("{} missing", absent.join(", ")));
        }
        if !extra.is_empty() {
            said.push(format!("{} tied to no key by a foreign key", extra.join(", ")));
        }
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        return Err(Error::new(
            ErrorKind::Source,
            format!("`references` is not what the schema has for {}: {}", keys.join(", "), said.join("; ")),
        )
        .hint(format!("write {}", list("references", &wanted))));
    }
    let soft = operation.soft_references.iter().map(|r| KeyColumn::parse(r)).collect::<Result<Vec<_>>>()?;
    for column in &soft {
        let (table, found_column) = column.find(schema).ok_or_else(|| missing(schema, column))?;
        if found.iter().any(|f| f.table == table.name && f.column == found_column.name) {
            return Err(Error::new(
                ErrorKind::Source,
                format!("`soft_references` names {column}, which a foreign key ties to the keys"),
            )
            .hint("leave it out: it belongs to `references`"));
        }
        // What foreign keys tie to a soft reference would be torn from it.
        let tied: Vec<KeyColumn> = closure(schema, std::slice::from_ref(column))?
            .into_iter()
            .filter(|c| !soft.iter().any(|s| s.is(schema.dialect, &c.table, &c.column)))
            .collect();
        if !tied.is_empty() {
            let all: Vec<&KeyColumn> = soft.iter().chain(&tied).collect();
            return Err(Error::new(
                ErrorKind::Source,
                format!("foreign keys tie {column} of `soft_references` to columns that are not named"),
            )
            .hint(format!("write {}", list("soft_references", &all))));
        }
    }
    for column in found.iter().chain(&soft) {
        let Some((table, found_column)) = column.find(schema) else { continue };
        if !is_native(schema.dialect, operation.sqlite, table, found_column) && !is_text(schema, found_column)
        {
            let said = if found_column.data_type.is_empty() { "no type" } else { &found_column.data_type };
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{column} is declared {said}, which holds no UUID in text"),
            )
            .hint("convert_key converts text, varchar(n) and char(n) columns"));
        }
    }
    Ok(())
}

/// `references = ["a.b", "c.d"]`, ready to be pasted.
fn list(field: &str, columns: &[&KeyColumn]) -> String {
    let quoted: Vec<String> = columns.iter().map(toml_text).collect();
    format!("{field} = [{}]", quoted.join(", "))
}

/// Whether a column is what it would become.
pub(super) fn is_native(dialect: Dialect, form: SqliteForm, table: &Table, column: &Column) -> bool {
    match dialect {
        Dialect::Postgres => column.data_type == "uuid",
        Dialect::Sqlite => match form {
            SqliteForm::Blob => column.data_type.eq_ignore_ascii_case("blob"),
            // Told by the check that the conversion adds.
            SqliteForm::Text => {
                let check = super::sqlite::canonical_text(&column.name);
                table.constraints.iter().any(|c| c.definition.contains(&check))
            }
        },
    }
}

/// Whether a column's declared type is one of text.
pub(super) fn is_text(schema: &Schema, column: &Column) -> bool {
    let declared = column.data_type.to_ascii_lowercase();
    match schema.dialect {
        Dialect::Postgres => {
            let base = declared.split('(').next().unwrap_or_default().trim();
            matches!(base, "text" | "character varying" | "character" | "bpchar" | "citext" | "public.citext")
                || schema.objects.iter().any(|o| {
                    // Whether a domain's base is text the server tells when its values are cast.
                    o.kind == Kind::Domain && o.name.to_string() == column.data_type
                })
        }
        // Affinity, as SQLite decides it: no type at all stores text as it is given.
        Dialect::Sqlite => {
            let text =
                ["char", "clob", "text"].iter().any(|t| declared.contains(t)) && !declared.contains("int");
            text || declared.is_empty() || declared.contains("uuid") || declared.contains("guid")
        }
    }
}

/// A `migration.toml` that converts these keys, with everything that foreign keys tie to them.
///
/// # Errors
/// When a key is not in the schema.
pub fn declaration(schema: &Schema, keys: &[KeyColumn]) -> Result<String> {
    let found = closure(schema, keys)?;
    let is_key = |c: &KeyColumn| keys.iter().any(|k| k.is(schema.dialect, &c.table, &c.column));
    let (keys, references): (Vec<KeyColumn>, Vec<KeyColumn>) = found.into_iter().partition(is_key);
    let lines = |columns: &[KeyColumn]| match columns {
        [] => "[]".to_owned(),
        [one] => format!("[{}]", toml_text(one)),
        more => {
            let lines: String = more.iter().map(|c| format!("    {},\n", toml_text(c))).collect();
            format!("[\n{lines}]")
        }
    };
    Ok(format!(
        "\
description = \"Keys become native UUIDs\"

# `references` are all columns that foreign keys tie to the keys; columns without a foreign key that hold such keys
# belong to `soft_references`.
[[operation]]
type = \"convert_key\"
keys = {}
to = \"uuid\"
references = {}
",
        lines(&keys),
        lines(&references)
    ))
}

/// The keys that look like UUIDs in text: primary keys of one column that no foreign key points away from, of a type
/// with room for 36 characters.
pub fn candidates(schema: &Schema) -> Vec<KeyColumn> {
    let mut found = Vec::new();
    for table in &schema.tables {
        let Some(key) = table.primary_key() else { continue };
        let [column] = key.columns.as_slice() else { continue };
        let Some(column) = table.column(column, schema.dialect) else { continue };
        let refers = table
            .constraints
            .iter()
            .any(|c| c.kind == ConstraintKind::ForeignKey && c.columns.contains(&column.name));
        if !refers && holds_uuids(schema, table, column) {
            found.push(KeyColumn { table: table.name.clone(), column: column.name.clone() });
        }
    }
    found
}

/// `char(36)` and `varchar(36)` say it; `text` says it where a name, the default, a check or what refers to it does.
fn holds_uuids(schema: &Schema, table: &Table, column: &Column) -> bool {
    if !is_text(schema, column) {
        return false;
    }
    match width(column) {
        Some(36) => return true,
        Some(_) => return false,
        None => {}
    }
    let says = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("uuid") || text.contains("guid")
    };
    let own = [&column.name, &column.data_type, column.default.as_ref().unwrap_or(&column.name)];
    let checked = table.constraints.iter().any(|c| {
        c.kind == ConstraintKind::Check && c.columns.contains(&column.name) && c.definition.contains("36")
    });
    let key = KeyColumn { table: table.name.clone(), column: column.name.clone() };
    let tied = closure(schema, &[key]).unwrap_or_default();
    let used = tied.iter().filter_map(|c| c.find(schema)).any(|(_, c)| width(c) == Some(36) || says(&c.name));
    own.iter().any(|text| says(text)) || checked || used
}

/// The width that a type declares.
fn width(column: &Column) -> Option<u32> {
    let (_, rest) = column.data_type.split_once('(')?;
    rest.trim_end_matches(')').trim().parse().ok()
}

/// The table of that name, as the engine compares names.
pub(super) fn table<'s>(schema: &'s Schema, name: &Name) -> Option<&'s Table> {
    schema.tables.iter().find(|t| match schema.dialect {
        Dialect::Postgres => t.name == *name,
        Dialect::Sqlite => t.name.name.eq_ignore_ascii_case(&name.name),
    })
}
