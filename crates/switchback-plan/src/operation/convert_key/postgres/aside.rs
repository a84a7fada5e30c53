//! Spellings and rows that are kept aside on PostgreSQL.

use super::super::keep::{self, Spellings};
use super::super::{Graph, Work};
use super::side::{fact, to_any_uuid};
use crate::quote::{ident, literal};
use crate::schema::{Kind, Name, Table};

/// What a UUID looks like in any spelling that is read; blanks around it are taken off before.
const SHAPE: &str = r"'^([0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7}|\{[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7}\})$'";

/// Before the columns change: their spellings, where those would not come back by themselves.
pub(super) fn keep_spellings(spellings: &[Spellings<'_>], graph: &Graph<'_>, out: &mut Vec<String>) {
    for kept in spellings {
        let work = graph.tables.iter().find(|w| w.table.name == kept.table.name);
        let column = ident(&kept.column.name);
        let value = to_any_uuid(&kept.column.name);
        let mut parts: Vec<String> = kept
            .row
            .iter()
            .zip(kept.row_names())
            .map(|(c, name)| {
                let is_key = work.is_some_and(|w| w.has(&c.name));
                let value = if is_key { to_any_uuid(&c.name) } else { ident(&c.name) };
                format!("{value} AS {name}")
            })
            .collect();
        parts.push(format!("{value} AS kept_value"));
        parts.push(format!("{column}::text AS kept_spelling"));
        let table = kept.table.name.sql();
        let odd = format!("{value}::text <> {column}::text COLLATE \"C\"");
        // Where nothing tells the rows apart, the value does: all of its spellings are kept, and two are one too many.
        let (distinct, filter) = match kept.row.is_empty() {
            true => ("DISTINCT ", format!("{value} IN (SELECT {value} FROM {table} WHERE {odd})")),
            false => ("", odd),
        };
        out.push(format!(
            "CREATE TABLE {} AS\nSELECT {distinct}{}\nFROM {table} WHERE {filter}",
            kept.name.sql(),
            parts.join(", "),
        ));
        out.push(format!("ALTER TABLE {} ADD PRIMARY KEY ({})", kept.name.sql(), kept.key()));
    }
}

/// The name of the function that finds a spelling again.
fn finder(kept: &Spellings<'_>) -> String {
    format!("pg_temp.{}", ident(&kept.name.name))
}

/// The text of a column as it was spelled.
pub(super) fn spelling(kept: &Spellings<'_>) -> String {
    let mut arguments: Vec<String> = kept.row.iter().map(|c| ident(&c.name)).collect();
    arguments.push(ident(&kept.column.name));
    let column = ident(&kept.column.name);
    format!("coalesce({}({}), {column}::text)", finder(kept), arguments.join(", "))
}

/// Functions that find the spellings, for the change of a type takes no query.
pub(super) fn make_finders(spellings: &[Spellings<'_>], graph: &Graph<'_>, out: &mut Vec<String>) {
    for kept in spellings {
        let work = graph.tables.iter().find(|w| w.table.name == kept.table.name);
        let mut types: Vec<String> =
            kept.row
                .iter()
                .map(|c| {
                    if work.is_some_and(|w| w.has(&c.name)) { "uuid".to_owned() } else { c.data_type.clone() }
                })
                .collect();
        types.push("uuid".to_owned());
        let mut conditions: Vec<String> =
            kept.row_names().iter().enumerate().map(|(i, name)| format!("{name} = ${}", i + 1)).collect();
        conditions.push(format!("kept_value = ${}", types.len()));
        out.push(format!(
            "CREATE FUNCTION {}({}) RETURNS text LANGUAGE sql STABLE AS {}",
            finder(kept),
            types.join(", "),
            literal(&format!(
                "SELECT kept_spelling FROM {} WHERE {}",
                kept.name.sql(),
                conditions.join(" AND ")
            ))
        ));
    }
}

/// Nothing is kept any more.
pub(super) fn forget_spellings(spellings: &[Spellings<'_>], out: &mut Vec<String>) {
    for kept in spellings {
        out.push(format!("DROP FUNCTION {}", finder(kept)));
        out.push(format!("DROP TABLE {}", kept.name.sql()));
    }
}

/// Moves aside the rows whose keys are no UUIDs, and all that hang from them. No foreign key stands meanwhile.
pub(super) fn move_rows(moved: &[(&Table, Name)], graph: &Graph<'_>, out: &mut Vec<String>) {
    if moved.is_empty() {
        return;
    }
    out.push(
        "CREATE TEMP TABLE switchback_moved (place oid, line tid, PRIMARY KEY (place, line)) ON COMMIT DROP"
            .to_owned(),
    );
    for work in &graph.tables {
        let invalid: Vec<String> = work.columns.iter().map(|c| is_invalid(&c.name)).collect();
        out.push(format!(
            "INSERT INTO switchback_moved SELECT tableoid, ctid FROM {} WHERE {}",
            work.table.name.sql(),
            invalid.join(" OR ")
        ));
    }
    let mut steps = Vec::new();
    for (parent, _) in moved {
        for (child, key) in keep::hanging(graph, parent) {
            let Some(references) = key.references.as_ref().filter(|_| child.fact("partition of").is_none())
            else {
                continue;
            };
            steps.push(format!(
                "        INSERT INTO switchback_moved\n        SELECT c.tableoid, c.ctid FROM {} AS c JOIN {} AS p ON {}\n        JOIN switchback_moved AS m ON m.place = p.tableoid AND m.line = p.ctid\n        ON CONFLICT DO NOTHING;\n        GET DIAGNOSTICS n = ROW_COUNT;\n        found := found + n;",
                child.name.sql(),
                parent.name.sql(),
                keep::refers(key, references)
            ));
        }
    }
    out.push(format!(
        "DO $switchback$\nDECLARE\n    n bigint;\n    found bigint;\nBEGIN\n    LOOP\n        found := 0;\n{}\n        EXIT WHEN found = 0;\n    END LOOP;\nEND\n$switchback$",
        steps.join("\n")
    ));
    for (table, kept) in moved {
        let name = table.name.sql();
        out.push(format!(
            "CREATE TABLE {} AS\nSELECT t.* FROM {name} AS t JOIN switchback_moved AS m ON m.place = t.tableoid AND m.line = t.ctid",
            kept.sql()
        ));
    }
    for (table, _) in moved {
        out.push(format!(
            "DELETE FROM {} AS t USING switchback_moved AS m WHERE m.place = t.tableoid AND m.line = t.ctid",
            table.name.sql()
        ));
    }
    out.push("DROP TABLE pg_temp.switchback_moved".to_owned());
}

/// Brings them back.
pub(super) fn return_rows(moved: &[(&Table, Name)], out: &mut Vec<String>) {
    for (table, kept) in moved {
        let columns = keep::plain_columns(table);
        out.push(format!(
            "INSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE\nSELECT {columns} FROM {}",
            table.name.sql(),
            kept.sql()
        ));
        out.push(format!("DROP TABLE {}", kept.sql()));
    }
}

fn is_invalid(column: &str) -> String {
    format!("btrim({}::text, E' \\t\\n\\r\\f') !~ {SHAPE}", ident(column))
}

/// Moving rows is no change that an application's triggers should see: what silences them, and what wakes them again.
pub(super) fn silence(
    moved: &[(&Table, Name)],
    graph: &Graph<'_>,
    dropped: &dyn Fn(&crate::schema::Object) -> bool,
) -> (Vec<String>, Vec<String>) {
    let (mut off, mut on) = (Vec::new(), Vec::new());
    for object in graph.schema.objects.iter().filter(|o| o.kind == Kind::Trigger && !dropped(o)) {
        let Some((table, _)) = moved.iter().find(|(t, _)| object.table.as_ref() == Some(&t.name)) else {
            continue;
        };
        let word = match fact(&object.facts, "enabled") {
            None => "ENABLE",
            Some("replica") => "ENABLE REPLICA",
            Some("always") => "ENABLE ALWAYS",
            Some(_) => continue,
        };
        let (table, trigger) = (table.name.sql(), ident(&object.name.name));
        off.push(format!("ALTER TABLE {table} DISABLE TRIGGER {trigger}"));
        on.push(format!("ALTER TABLE {table} {word} TRIGGER {trigger}"));
    }
    (off, on)
}

/// Whether that column's spellings are kept.
pub(super) fn of<'s, 'a>(
    spellings: &'s [Spellings<'a>],
    work: &Work<'_>,
    column: &str,
) -> Option<&'s Spellings<'a>> {
    spellings.iter().find(|s| s.table.name == work.table.name && s.column.name == column)
}
