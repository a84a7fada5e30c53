//! What a person should know of a conversion before it runs.

use super::{Graph, SqliteForm, keep::Spellings};
use crate::lex::mentions_written;
use crate::model::Dialect;
use crate::schema::{Kind, Name, Object, Table};
use crate::words::plural;

/// All of it, a sentence each.
pub(super) fn notices(
    form: SqliteForm,
    graph: &Graph<'_>,
    spellings: &[Spellings<'_>],
    moved: &[(&Table, Name)],
) -> Vec<String> {
    let columns: Vec<String> = graph
        .tables
        .iter()
        .flat_map(|w| w.columns.iter().map(move |c| format!("{}.{}", w.table.name, c.name)))
        .collect();
    let mut notices = vec![format!(
        "converts {} in {}: {}",
        plural(columns.len(), "column"),
        plural(graph.tables.len(), "table"),
        columns.join(", ")
    )];
    match (graph.schema.dialect, form) {
        (Dialect::Postgres, _) => notices.push(
            "PostgreSQL has no operator `uuid = character varying`: an application that binds these keys as text fails from the commit on, so it moves in lockstep".to_owned(),
        ),
        (Dialect::Sqlite, SqliteForm::Blob) => notices.push(
            "a TEXT value never equals a BLOB key: an application that binds these keys as text gets empty results, not errors, so it moves in lockstep".to_owned(),
        ),
        (Dialect::Sqlite, SqliteForm::Text) => {}
    }
    if let Some(first) = spellings.first() {
        notices.push(format!(
            "spellings that are not canonical are kept in {} such as {}, until the way down puts them back",
            plural(spellings.len(), "table"),
            first.name
        ));
    }
    if let Some((_, first)) = moved.first() {
        notices.push(format!(
            "rows whose keys are no UUIDs, and all that hang from them, are moved to {} such as {}, until the way down puts them back",
            plural(moved.len(), "table"),
            first
        ));
    }
    if graph.schema.dialect == Dialect::Postgres {
        let functions: Vec<String> =
            graph.schema.objects.iter().filter(|o| takes_text(graph, o)).map(Object::label).collect();
        if !functions.is_empty() {
            notices.push(format!(
                "look through {} before: bodies of functions are not changed, and fail where they take such a key for text",
                functions.join(", ")
            ));
        }
    }
    notices
}

/// Whether the body of a function names a converted column, and its table or a trigger of that: all that can be known,
/// for bodies are text to PostgreSQL.
fn takes_text(graph: &Graph<'_>, object: &Object) -> bool {
    let Some(body) = object.facts.iter().find(|f| object.kind == Kind::Function && f.property == "body")
    else {
        return false;
    };
    let mentions = |text: &str, name: &str| mentions_written(graph.schema.dialect, text, name);
    let function = object.name.name.split('(').next().unwrap_or_default();
    let fires = |table: &Table| {
        graph.schema.objects.iter().any(|o| {
            o.kind == Kind::Trigger
                && o.table.as_ref() == Some(&table.name)
                && mentions(&o.definition, function)
        })
    };
    graph.tables.iter().any(|w| {
        w.columns.iter().any(|c| mentions(&body.value, &c.name))
            && (mentions(&body.value, &w.table.name.name) || fires(w.table))
    })
}
