//! SQLite: one copy of each table through a conversion function.

mod aside;
mod rewrite;
mod texts;

#[cfg(test)]
pub(super) use rewrite::as_text;

use super::keep::{self, Spellings};
use super::notices::notices;
use super::{CONVERT, ConvertKey, Graph, SqliteForm, Work};
use crate::ddl::{self, ClauseKind, Copy, TableText};
use crate::error::Result;
use crate::operation::{Against, Compiled, Part};
use crate::quote::ident;
use crate::schema::{Column, Kind, Object, Schema, Table};

/// The page cache of the conversion, in the unit of `PRAGMA cache_size`: 64 MiB. With the usual 2 MiB, indexes whose
/// keys come in no order are written again and again, which costs a third.
const CACHE: &str = "PRAGMA cache_size = -65536";

/// The SQL of both directions.
pub(super) fn compile(operation: &ConvertKey, against: &Against<'_>, graph: &Graph<'_>) -> Result<Compiled> {
    let form = operation.sqlite;
    let schema = graph.schema;
    let spellings = keep::spellings(operation, against, graph);
    let moved = keep::moved(operation, against, graph);
    // Triggers are made again from the schema that a rebuild is given.
    let converted_schema = texts::convert(form, graph);
    let (mut up, mut down) = (vec![CACHE.to_owned()], vec![CACHE.to_owned()]);
    aside::move_rows(&moved, graph, &mut up)?;
    aside::keep_spellings(form, &spellings, &moved, graph, &mut up)?;
    // Tables that only hang from others are rebuilt where rows may be moved.
    let hanging =
        moved.iter().map(|(t, _)| *t).filter(|t| !graph.tables.iter().any(|w| aside::is(w.table, t)));
    let hanging: Vec<Work<'_>> = hanging.map(|table| Work { table, columns: Vec::new() }).collect();
    for work in graph.tables.iter().chain(&hanging) {
        let table = work.table;
        let text = convert_table(form, work)?;
        let converted = Table { definition: text, ..convert_indexes(form, work) };
        let there = copies(work, &spellings, &|column, kept| match kept {
            Some(_) => aside::any(form, &ident(column)),
            None => format!("{}({})", form.up(), ident(column)),
        });
        let back = copies(work, &spellings, &|column, kept| match kept {
            Some(kept) => aside::spelling(kept),
            None => format!("switchback_uuid_text({})", ident(column)),
        });
        // A rebuild takes the old text from the table and makes its indexes: they are those of the other side.
        let of_up = Table { definition: table.definition.clone(), ..converted.clone() };
        let of_down = Table { definition: converted.definition.clone(), ..table.clone() };
        let mut rebuilt = ddl::rebuild(&of_up, &converted.definition, &there, &converted_schema)?;
        let mut restored = ddl::rebuild(&of_down, &table.definition, &back, schema)?;
        let kept = moved.iter().find(|(t, _)| aside::is(t, table));
        if kept.is_some() {
            aside::limit_copy(&mut rebuilt, &aside::stays(table)?);
        }
        let mut restored = in_order(work, std::mem::take(&mut restored));
        if let Some((_, kept)) = kept {
            aside::behind_copy(&mut restored, aside::return_rows(table, kept));
        }
        up.extend(in_order(work, rebuilt));
        down.extend(restored);
    }
    elsewhere(graph, &converted_schema, &mut up, &mut down);
    if !moved.is_empty() {
        up.push("DROP TABLE temp.switchback_moved".to_owned());
    }
    down.extend(spellings.iter().map(|s| format!("DROP TABLE {}", s.name.sql())));
    down.extend(moved.iter().map(|(_, kept)| format!("DROP TABLE {}", kept.sql())));
    let notices = notices(form, graph, &spellings, &moved);
    let part = |statements| Part { foreign_keys_off: true, ..Part::transaction(CONVERT, statements) };
    Ok(Compiled { up: vec![part(up)], down: vec![part(down)], notices })
}

impl SqliteForm {
    /// The function that converts on the way up.
    fn up(self) -> &'static str {
        match self {
            SqliteForm::Blob => "switchback_uuid_blob",
            SqliteForm::Text => "switchback_uuid_text",
        }
    }

    /// What the check of a column says.
    fn condition(self, column: &str) -> String {
        let name = ddl::name(column);
        match self {
            SqliteForm::Blob => format!("typeof({name}) = 'blob' AND length({name}) = 16"),
            SqliteForm::Text => canonical_text(column),
        }
    }
}

/// The condition of the check that keeps a TEXT key canonical, in functions that every SQLite has.
pub(super) fn canonical_text(column: &str) -> String {
    let name = ddl::name(column);
    format!(
        "typeof({name}) = 'text' AND {name} GLOB replace('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx', 'x', '[0-9a-f]')"
    )
}

/// What each key is filled with.
fn copies(
    work: &Work<'_>,
    spellings: &[Spellings<'_>],
    value: &dyn Fn(&str, Option<&Spellings<'_>>) -> String,
) -> Vec<Copy> {
    let kept =
        |c: &Column| spellings.iter().find(|s| aside::is(s.table, work.table) && s.column.name == c.name);
    work.columns.iter().map(|c| Copy::new(&c.name, value(&c.name, kept(c)))).collect()
}

/// The text of a table whose keys are converted: types, checks and defaults; all else stays byte for byte.
fn convert_table(form: SqliteForm, work: &Work<'_>) -> Result<String> {
    let mut text = TableText::parse(&work.table.definition)?;
    if form == SqliteForm::Blob {
        text = TableText::parse(&convert_checks(&text, work))?;
    }
    for column in &work.columns {
        let strict = text.column(&column.name).is_some_and(ddl::ColumnText::not_null)
            || text.without_rowid && in_key(work, column);
        let declared = match form {
            SqliteForm::Blob => "BLOB",
            SqliteForm::Text => "TEXT",
        };
        text = text.set_type(&column.name, declared)?;
        if form == SqliteForm::Blob
            && let Some(default) = &column.default
        {
            text = text.set_default(&column.name, Some(&uuid_default(default)))?;
        }
        let condition = form.condition(&column.name);
        let check = if strict {
            format!("CHECK ({condition})")
        } else {
            format!("CHECK ({} IS NULL OR ({condition}))", ddl::name(&column.name))
        };
        text = text.add_clause(&column.name, &check)?;
    }
    Ok(text.into_sql())
}

fn in_key(work: &Work<'_>, column: &Column) -> bool {
    work.table.primary_key().is_some_and(|key| key.columns.iter().any(|c| ddl::same(c, &column.name)))
}

/// The text with those checks rewritten that look at a key's text.
fn convert_checks(text: &TableText, work: &Work<'_>) -> String {
    let clauses = text.columns.iter().flat_map(|c| &c.clauses).chain(&text.constraints);
    let edits = clauses
        .filter_map(|clause| match &clause.kind {
            ClauseKind::Check(span) => {
                let expression = text.sql().get(span.clone()).unwrap_or_default();
                Some((span.clone(), rewrite::expression(expression, &|name| is_key(work, name))))
            }
            _ => None,
        })
        .collect();
    super::rewrite::apply(text.sql(), edits)
}

fn is_key(work: &Work<'_>, name: &str) -> bool {
    work.columns.iter().any(|c| ddl::same(&c.name, name))
}

/// The table with those indexes rewritten that look at a key's text.
fn convert_indexes(form: SqliteForm, work: &Work<'_>) -> Table {
    let mut table = work.table.clone();
    if form == SqliteForm::Blob {
        for index in table.indexes.iter_mut().filter(|i| !i.definition.is_empty()) {
            index.definition = rewrite::index(&index.definition, &|name| is_key(work, name));
        }
    }
    table
}

/// Views, and triggers of tables that are not rebuilt, where their text changes. A view takes its triggers with it.
fn elsewhere(graph: &Graph<'_>, converted: &Schema, up: &mut Vec<String>, down: &mut Vec<String>) {
    let pairs: Vec<(&Object, &Object)> = graph.schema.objects.iter().zip(&converted.objects).collect();
    let changed = |(before, after): &&(&Object, &Object)| before.definition != after.definition;
    for (before, after) in pairs.iter().filter(changed).filter(|(o, _)| o.kind == Kind::View) {
        let drop = format!("DROP VIEW {}", ident(&before.name.name));
        up.extend([drop.clone(), after.definition.clone()]);
        down.extend([drop, before.definition.clone()]);
        let own = |o: &Object| o.table.as_ref().is_some_and(|t| ddl::same(&t.name, &before.name.name));
        for (before, after) in pairs.iter().filter(|(o, _)| o.kind == Kind::Trigger && own(o)) {
            up.push(after.definition.clone());
            down.push(before.definition.clone());
        }
    }
    for (before, after) in pairs.iter().filter(changed).filter(|(o, _)| o.kind == Kind::Trigger) {
        let table = before.table.as_ref().map_or("", |t| &t.name);
        let made = graph.tables.iter().any(|w| ddl::same(&w.table.name.name, table))
            || pairs
                .iter()
                .filter(changed)
                .any(|(o, _)| o.kind == Kind::View && ddl::same(&o.name.name, table));
        if !made {
            let drop = format!("DROP TRIGGER {}", ident(&before.name.name));
            up.extend([drop.clone(), after.definition.clone()]);
            down.extend([drop, before.definition.clone()]);
        }
    }
}

/// Rows in the order of their key, so that what walks the keys later walks the pages as well; their rowids, which
/// nothing may depend on where no column is one, then follow that order.
fn in_order(work: &Work<'_>, statements: Vec<String>) -> Vec<String> {
    let Some(key) = work.table.primary_key() else { return statements };
    let [column] = key.columns.as_slice() else { return statements };
    if !is_key(work, column) {
        return statements;
    }
    let name = ident(&work.table.name.name);
    statements
        .into_iter()
        .map(|statement| {
            let rows =
                [format!("INSERT INTO {name} (rowid, "), format!("INSERT OR ABORT INTO {name} (rowid, ")];
            if !rows.iter().any(|r| statement.starts_with(r)) {
                return statement;
            }
            let sorted = statement.replacen("(rowid, ", "(", 1).replacen("\nSELECT rowid, ", "\nSELECT ", 1);
            // Without the index: rows are read as they lie and sorted, for to fetch them one by one in the order
            // of random keys takes three times as long.
            format!("{sorted} ORDER BY +{}", ident(column))
        })
        .collect()
}

/// A default of text as one of bytes.
fn uuid_default(default: &str) -> String {
    let inner = default.trim_matches(['(', ')', ' ']);
    if let Some(text) = inner.strip_prefix('\'').and_then(|t| t.strip_suffix('\''))
        && super::rewrite::is_canonical(text)
    {
        return format!("x'{}'", text.replace('-', ""));
    }
    if default.eq_ignore_ascii_case("null") {
        return default.to_owned();
    }
    if default.to_ascii_lowercase().contains("randomblob") {
        return "(randomblob(16))".to_owned();
    }
    // From SQLite 3.41 on; what comes before has no such function.
    format!("(unhex(replace({default}, '-', '')))")
}
