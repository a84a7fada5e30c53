//! Spellings and rows that are kept aside on SQLite.

use super::super::keep::{self, Spellings};
use super::super::{Graph, SqliteForm};
use crate::ddl::{self, TableText};
use crate::error::Result;
use crate::quote::{ident, sqlite_literal};
use crate::schema::{Name, Table};

/// A value of any spelling as what it becomes.
pub(super) fn any(form: SqliteForm, value: &str) -> String {
    match form {
        SqliteForm::Blob => format!("switchback_uuid_read({value})"),
        SqliteForm::Text => format!("switchback_uuid_text(switchback_uuid_read({value}))"),
    }
}

/// Before the columns change: their spellings, where those would not come back by themselves. Rows that are moved
/// aside keep theirs anyway.
pub(super) fn keep_spellings(
    form: SqliteForm,
    spellings: &[Spellings<'_>],
    moved: &[(&Table, Name)],
    graph: &Graph<'_>,
    out: &mut Vec<String>,
) -> Result<()> {
    for kept in spellings {
        let work = graph.tables.iter().find(|w| w.table.name == kept.table.name);
        let column = ident(&kept.column.name);
        let mut names = kept.row_names();
        let mut values: Vec<String> = kept
            .row
            .iter()
            .map(|c| {
                let name = ident(&c.name);
                if work.is_some_and(|w| w.has(&c.name)) { any(form, &name) } else { name }
            })
            .collect();
        names.extend(["kept_value".to_owned(), "kept_spelling".to_owned()]);
        values.extend([any(form, &column), column.clone()]);
        out.push(format!(
            "CREATE TABLE {} ({}, PRIMARY KEY ({}))",
            kept.name.sql(),
            names.join(", "),
            kept.key()
        ));
        let table = kept.table.name.sql();
        let odd = format!("switchback_uuid_spelling({column}) NOT IN ('canonical', 'native')");
        // Where nothing tells the rows apart, the value does: all of its spellings are kept, and two are one too many.
        let (distinct, filter) = match kept.row.is_empty() {
            true => {
                let value = any(form, &column);
                ("DISTINCT ", format!("{value} IN (SELECT {value} FROM {table} WHERE {odd})"))
            }
            false => ("", odd),
        };
        let stays = match moved.iter().any(|(t, _)| t.name == kept.table.name) {
            true => format!(" AND {}", stays(kept.table)?),
            false => String::new(),
        };
        out.push(format!(
            "INSERT INTO {} SELECT {distinct}{} FROM {table} WHERE {filter}{stays}",
            kept.name.sql(),
            values.join(", "),
        ));
    }
    Ok(())
}

/// The text of a column as it was spelled.
pub(super) fn spelling(kept: &Spellings<'_>) -> String {
    let column = ident(&kept.column.name);
    let mut conditions: Vec<String> = kept
        .row
        .iter()
        .zip(kept.row_names())
        .map(|(c, name)| format!("{name} IS {}", ident(&c.name)))
        .collect();
    conditions.push(format!("kept_value = {column}"));
    format!(
        "coalesce((SELECT kept_spelling FROM {} WHERE {}), switchback_uuid_text({column}))",
        kept.name.sql(),
        conditions.join(" AND ")
    )
}

/// What tells a row of a table while nothing is written to it.
fn row(table: &Table, alias: &str) -> Result<String> {
    let text = TableText::parse(&table.definition)?;
    let hidden = ["rowid", "_rowid_", "oid"].into_iter().find(|n| text.column(n).is_none());
    if let (false, Some(name)) = (text.without_rowid, hidden) {
        return Ok(format!("{alias}{name}"));
    }
    let key = table.primary_key().map_or(&[][..], |k| &k.columns);
    let parts: Vec<String> = key.iter().map(|c| format!("quote({alias}{})", ident(c))).collect();
    Ok(if parts.is_empty() { format!("{alias}rowid") } else { parts.join(" || ',' || ") })
}

/// The condition of the rows that stay where they are.
pub(super) fn stays(table: &Table) -> Result<String> {
    Ok(format!(
        "{} NOT IN (SELECT line FROM temp.switchback_moved WHERE place = {})",
        row(table, "")?,
        sqlite_literal(&table.name.name)
    ))
}

/// Finds the rows whose keys are no UUIDs, and all that hang from them, and copies them aside.
pub(super) fn move_rows(moved: &[(&Table, Name)], graph: &Graph<'_>, out: &mut Vec<String>) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    out.push("CREATE TEMP TABLE switchback_moved (place TEXT, line, PRIMARY KEY (place, line))".to_owned());
    let mut parts = Vec::new();
    for work in &graph.tables {
        let name = &work.table.name;
        let invalid: Vec<String> = work
            .columns
            .iter()
            .map(|c| format!("switchback_uuid_spelling({}) = 'invalid'", ident(&c.name)))
            .collect();
        parts.push(format!(
            "SELECT {}, {} FROM {} WHERE {}",
            sqlite_literal(&name.name),
            row(work.table, "")?,
            name.sql(),
            invalid.join(" OR ")
        ));
    }
    for (parent, _) in moved {
        for (child, key) in keep::hanging(graph, parent) {
            let Some(references) = &key.references else { continue };
            parts.push(format!(
                "SELECT {}, {} FROM found AS f JOIN {} AS p ON f.place = {} AND {} = f.line JOIN {} AS c ON {}",
                sqlite_literal(&child.name.name),
                row(child, "c.")?,
                parent.name.sql(),
                sqlite_literal(&parent.name.name),
                row(parent, "p.")?,
                child.name.sql(),
                keep::refers(key, references)
            ));
        }
    }
    out.push(format!(
        "INSERT INTO temp.switchback_moved\nWITH RECURSIVE found (place, line) AS (\n    {}\n)\nSELECT place, line FROM found",
        parts.join("\n    UNION ")
    ));
    for (table, kept) in moved {
        out.push(format!(
            "CREATE TABLE {} AS SELECT * FROM {} WHERE NOT ({})",
            kept.sql(),
            table.name.sql(),
            stays(table)?
        ));
    }
    Ok(())
}

/// Brings them back.
pub(super) fn return_rows(table: &Table, kept: &Name) -> String {
    let columns = keep::plain_columns(table);
    format!("INSERT INTO {} ({columns})\nSELECT {columns} FROM {}", table.name.sql(), kept.sql())
}

/// Adds to the statements of a rebuild, behind the copy of the rows.
pub(super) fn behind_copy(statements: &mut Vec<String>, statement: String) {
    let copy = statements.iter().position(|s| s.starts_with("INSERT")).map_or(statements.len(), |i| i + 1);
    statements.insert(copy, statement);
}

/// Limits the copy of the rows.
pub(super) fn limit_copy(statements: &mut [String], condition: &str) {
    if let Some(copy) = statements.iter_mut().find(|s| s.starts_with("INSERT")) {
        copy.push_str(&format!("\nWHERE {condition}"));
    }
}

/// Whether a table is that one.
pub(super) fn is(table: &Table, other: &Table) -> bool {
    ddl::same(&table.name.name, &other.name.name)
}
