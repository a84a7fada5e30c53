//! What stands in the way of a conversion, by name.

use super::{ConvertKey, KeyColumn, Work};
use crate::error::{Error, ErrorKind};
use crate::lex::mentions;
use crate::schema::{Kind, Schema};

/// What stands in the way in this schema, by name; nothing where the conversion can go on. Asked when the migration is
/// sealed, and again about the live database when it is planned.
pub fn refusals(schema: &Schema, operation: &ConvertKey) -> Vec<String> {
    let wanted = operation.resolved(schema).and_then(|o| o.columns()).unwrap_or_default();
    let tables: Vec<Work<'_>> = schema
        .tables
        .iter()
        .map(|table| Work {
            table,
            columns: table
                .columns
                .iter()
                .filter(|c| wanted.iter().any(|w: &KeyColumn| w.is(schema.dialect, &table.name, &c.name)))
                .collect(),
        })
        .filter(|w| !w.columns.is_empty())
        .collect();
    of_graph(schema, &tables)
}

/// The same for tables that are known already.
pub(super) fn of_graph(schema: &Schema, tables: &[Work<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for work in tables {
        let table = work.table;
        for column in &work.columns {
            let place = format!("{}.{}", table.name, column.name);
            if column.identity.is_some() {
                found.push(format!("{place} is an identity column"));
            }
            if column.generated.is_some() {
                found.push(format!("{place} is a generated column"));
            }
            for other in &table.columns {
                let Some(generated) = &other.generated else { continue };
                if other.name != column.name && mentions(schema.dialect, &generated.expression, &column.name)
                {
                    found.push(format!("{}.{} is generated from {place}", table.name, other.name));
                }
            }
            if let Some(key) = table.fact("partition key")
                && mentions(schema.dialect, key, &column.name)
            {
                found.push(format!("{place} is part of the partition key of {}", table.name));
            }
            for publication in schema.objects.iter().filter(|o| o.kind == Kind::Publication) {
                let used = publication
                    .uses
                    .iter()
                    .any(|u| u.name == table.name && u.column.as_deref() == Some(&*column.name));
                if used {
                    found.push(format!(
                        "{place} is in a column list or filter of the publication {}",
                        publication.name
                    ));
                }
            }
        }
    }
    found
}

/// The error that names all of it.
pub(super) fn error(found: &[String]) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the keys cannot be converted: {}", found.join("; "))).hint(
        "partition keys, publication column lists and filters, identity and generated columns are not carried over: take the column out of them in a migration before this one, and put it back in one behind it",
    )
}
