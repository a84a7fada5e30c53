//! Views and triggers that mention a key: their texts, as they must read once the key is a BLOB.

use super::super::query::{Columns, Named, Output, Reader, Relations, Scopes};
use super::super::rewrite::{Text, items};
use super::super::{Graph, SqliteForm};
use super::rewrite;
use crate::model::Dialect;
use crate::schema::{Kind, Name, Object, Schema};

/// The schema with the texts of its views and triggers as they must read.
pub(super) fn convert(form: SqliteForm, graph: &Graph<'_>) -> Schema {
    let mut schema = graph.schema.clone();
    // Keys that stay text read as before.
    if form == SqliteForm::Text {
        return schema;
    }
    let mut relations = tables(graph);
    // A view may be made of others: what each results in is found out until nothing changes.
    let views: Vec<&Object> = graph.schema.objects.iter().filter(|o| o.kind == Kind::View).collect();
    for _ in 0..=views.len() {
        let before = relations.clone();
        for view in &views {
            let columns = read_view(view, &relations).0;
            relations.insert(key(&view.name), columns);
        }
        if relations == before {
            break;
        }
    }
    for object in &mut schema.objects {
        match object.kind {
            Kind::View => object.definition = read_view(object, &relations).1,
            Kind::Trigger => object.definition = trigger(object, &relations),
            _ => {}
        }
    }
    schema
}

fn key(name: &Name) -> Name {
    Name::new(name.name.to_ascii_lowercase())
}

fn tables(graph: &Graph<'_>) -> Relations {
    let tables = graph.schema.tables.iter().map(|table| {
        let work = graph.tables.iter().find(|w| w.table.name == table.name);
        let was = |name: &str| work.is_some_and(|w| w.has(name)).then(|| "TEXT".to_owned());
        let columns = table.columns.iter().map(|c| (c.name.to_ascii_lowercase(), was(&c.name)));
        (key(&table.name), columns.collect())
    });
    tables.collect()
}

/// What a view results in, and its text.
fn read_view(view: &Object, relations: &Relations) -> (Columns, String) {
    let text = Text::of(Dialect::Sqlite, &view.definition);
    let end = text.tokens.len();
    let Some(name) = (0..end).find(|i| text.is(*i, "view")) else {
        return (Vec::new(), view.definition.clone());
    };
    let Some(at) = (name..end).find(|i| text.is(*i, "as")) else {
        return (Vec::new(), view.definition.clone());
    };
    let mut names = Vec::new();
    if let Some(open) = (name..at).find(|i| text.is(*i, "(")) {
        names = items(&text, open + 1, text.close(open)).iter().map(|(first, _)| text.name(*first)).collect();
    }
    let mut reader = Reader::new(&text, relations);
    let outputs = reader.query(at + 1, end, &Scopes::new(), &Named::new());
    let columns = outputs.into_iter().enumerate();
    let columns = columns.map(|(i, o)| (names.get(i).cloned().unwrap_or(o.name), o.was)).collect();
    (columns, rewrite::references(&text, &reader.references))
}

fn trigger(object: &Object, relations: &Relations) -> String {
    let text = Text::of(Dialect::Sqlite, &object.definition);
    let end = text.tokens.len();
    let own = object.table.as_ref().and_then(|t| relations.get(&key(t))).cloned().unwrap_or_default();
    let row = vec![("old".to_owned(), own.clone()), ("new".to_owned(), own)];
    let Some(begin) = (0..end).find(|i| text.is(*i, "begin")) else { return object.definition.clone() };
    let mut reader = Reader::new(&text, relations);
    let scopes = vec![row.clone()];
    if let Some(when) = (0..begin).find(|i| text.is(*i, "when")) {
        reader.expression(when + 1, begin, &scopes, &Named::new());
    }
    let mut at = begin + 1;
    while at < end {
        let stop = next(&text, at, end, &[";"]);
        statement(&mut reader, at, stop, &scopes);
        at = stop + 1;
    }
    rewrite::references(&text, &reader.references)
}

/// The first of these words at this depth.
fn next(text: &Text<'_>, first: usize, end: usize, words: &[&str]) -> usize {
    let mut at = first;
    while at < end && !words.iter().any(|w| text.is(at, w)) {
        at = if text.is(at, "(") { text.close(at) + 1 } else { at + 1 };
    }
    at.min(end)
}

fn statement(reader: &mut Reader<'_>, first: usize, end: usize, scopes: &Scopes) {
    let text = reader.text;
    let named = Named::new();
    if text.is(first, "select") || text.is(first, "with") || text.is(first, "values") {
        reader.query(first, end, scopes, &named);
        return;
    }
    let word = if text.is(first, "update") {
        "update"
    } else if text.is(first, "delete") {
        "from"
    } else {
        "into"
    };
    let Some(mut at) = (first..end).find(|i| text.is(*i, word)).map(|i| i + 1) else { return };
    if word == "update" && text.is(at, "or") {
        at += 2;
    }
    let columns = reader.columns_of(&Name::new(text.name(text.chain(at) - 1)));
    let name = text.name(text.chain(at) - 1);
    at = text.chain(at);
    let is_key = |column: &str| columns.iter().any(|c| c.0 == column && c.1.is_some());
    let mut inner = scopes.clone();
    inner.push(vec![(name, columns.clone())]);
    match word {
        "update" => {
            let set = next(text, at, end, &["set"]) + 1;
            let behind = next(text, set, end, &["where", "from", "returning"]);
            for (first, behind) in items(text, set, behind) {
                let equals = next(text, first, behind, &["="]);
                assigned(reader, equals + 1, behind, &inner, is_key(&text.name(first)));
            }
            reader.expression(behind, end, &inner, &named);
        }
        "from" => reader.expression(at, end, &inner, &named),
        _ => {
            let mut targets: Vec<String> = columns.iter().map(|c| c.0.clone()).collect();
            if text.is(at, "(") {
                let close = text.close(at);
                targets = items(text, at + 1, close).iter().map(|(first, _)| text.name(*first)).collect();
                at = close + 1;
            }
            let conflict = next(text, at, end, &["on"]);
            if text.is(at, "values") {
                let mut open = at + 1;
                while text.is(open, "(") && open < conflict {
                    let close = text.close(open);
                    for (i, (first, behind)) in items(text, open + 1, close).into_iter().enumerate() {
                        let key = targets.get(i).is_some_and(|t| is_key(t));
                        assigned(reader, first, behind, scopes, key);
                    }
                    open = close + 2;
                }
            } else if text.is(at, "select") || text.is(at, "with") {
                let outputs: Vec<Output> = reader.query(at, end, scopes, &named);
                for (i, mut output) in outputs.into_iter().enumerate() {
                    if !targets.get(i).is_some_and(|t| is_key(t)) {
                        reader.keep_text(&mut output);
                    }
                }
                return;
            }
            reader.expression(conflict, end, &inner, &named);
        }
    }
}

/// A value that is written to a column: a key stays one in a key, and is text elsewhere.
fn assigned(reader: &mut Reader<'_>, first: usize, behind: usize, scopes: &Scopes, key: bool) {
    if let Some(reference) = reader.column_or_expression(first, behind, scopes, &Named::new())
        && !key
    {
        reader.references[reference].bare = false;
    }
}
