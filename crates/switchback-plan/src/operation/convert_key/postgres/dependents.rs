//! What stands on the columns and is made again: views and all that stands on them, triggers, policies, rules,
//! functions with a parsed body, statistics.

use super::super::Graph;
use super::super::query::{Columns, Reader, Relations};
use super::super::rewrite::{Text, expression, items};
use super::{index, side};
use crate::schema::{Index, Kind, Name, Object, Table};
use std::collections::BTreeSet;

/// What has to be dropped, with the statements that make it again for uuids; in the order in which it is made.
pub(super) struct Dependents<'g> {
    pub(super) objects: Vec<(&'g Object, Vec<String>)>,
}

impl<'g> Dependents<'g> {
    /// Where rows are `moved`, a rule would do something else instead.
    pub(super) fn of(graph: &Graph<'g>, moved: &[(&Table, Name)]) -> Dependents<'g> {
        let all = graph.schema.objects.iter().filter(|o| !o.drop.is_empty()).collect();
        let found = ordered(all, graph, moved);
        let mut relations = relations(graph);
        let objects =
            found.into_iter().map(|object| (object, converted(object, graph, &mut relations))).collect();
        Dependents { objects }
    }

    /// The tables besides the converted ones whose triggers, policies and rules are made again.
    pub(super) fn tables(&self, graph: &Graph<'g>) -> BTreeSet<Name> {
        self.objects
            .iter()
            .filter(|(o, _)| matches!(o.kind, Kind::Trigger | Kind::Policy | Kind::Rule))
            .filter_map(|(o, _)| o.table.clone())
            .filter(|t| graph.schema.table(t).is_some())
            .collect()
    }
}

/// Those that stand on a converted column, and those that stand on them, each behind what it stands on.
fn ordered<'g>(all: Vec<&'g Object>, graph: &Graph<'g>, moved: &[(&Table, Name)]) -> Vec<&'g Object> {
    let on_column = |o: &Object| {
        let ruled = o.kind == Kind::Rule && moved.iter().any(|(t, _)| o.table.as_ref() == Some(&t.name));
        ruled
            || o.uses.iter().any(|u| {
                let work = graph.tables.iter().find(|w| w.table.name == u.name);
                matches!((work, &u.column), (Some(work), Some(column)) if work.has(column))
            })
    };
    let stands_on = |o: &Object, other: &Object| {
        matches!(other.kind, Kind::View | Kind::MaterializedView | Kind::Function)
            && !std::ptr::eq(o, other)
            && (o.uses.iter().any(|u| u.name == other.name) || o.table.as_ref() == Some(&other.name))
    };
    let mut found: Vec<&Object> = all.iter().copied().filter(|o| on_column(o)).collect();
    let mut next = 0;
    while let Some(object) = found.get(next).copied() {
        for other in &all {
            if stands_on(other, object) && !found.iter().any(|f| std::ptr::eq(*f, *other)) {
                found.push(other);
            }
        }
        next += 1;
    }
    let mut order: Vec<&Object> = Vec::with_capacity(found.len());
    while order.len() < found.len() {
        let before = order.len();
        for object in &found {
            let there = |o: &Object| order.iter().any(|d| std::ptr::eq(*d, o));
            let ready = found.iter().all(|other| !stands_on(object, other) || there(other));
            if ready && !there(object) {
                order.push(object);
            }
        }
        if order.len() == before {
            // Functions that call each other: in any order.
            let rest: Vec<&Object> =
                found.iter().copied().filter(|o| !order.iter().any(|d| std::ptr::eq(*d, *o))).collect();
            order.extend(rest);
        }
    }
    order
}

fn relations(graph: &Graph<'_>) -> Relations {
    let was = |table: &Table, column: &crate::schema::Column| {
        graph
            .tables
            .iter()
            .find(|w| w.table.name == table.name && w.has(&column.name))
            .map(|_| side::was_type(column))
    };
    let tables = graph
        .schema
        .tables
        .iter()
        .map(|t| (t.name.clone(), t.columns.iter().map(|c| (c.name.clone(), was(t, c))).collect()));
    let views = graph.schema.objects.iter().filter(|o| matches!(o.kind, Kind::View | Kind::MaterializedView));
    let views = views.map(|v| {
        let columns = v.facts.iter().find(|f| f.property == "columns").map_or("", |f| f.value.as_str());
        (v.name.clone(), columns.split(", ").map(|c| (c.to_owned(), None)).collect())
    });
    tables.chain(views).collect()
}

/// The statements that make an object again once the keys are uuids. What a view results in is remembered.
fn converted(object: &Object, graph: &Graph<'_>, relations: &mut Relations) -> Vec<String> {
    let mut create = object.create.clone();
    let Some(first) = create.first_mut() else { return create };
    let old = std::mem::take(first);
    let text = Text::new(&old);
    let mut reader = Reader::new(&text, relations);
    let mut columns: Option<Columns> = None;
    let own = object.table.as_ref().and_then(|t| reader_columns(relations, t));
    let end = text.tokens.len();
    match object.kind {
        Kind::View | Kind::MaterializedView => {
            if let Some(at) = behind_as(&text) {
                let data =
                    (at..end).rev().find(|i| text.is(*i, "with") && text.is(end - 1, "data") && end - i < 4);
                let outputs = reader.query(at, data.unwrap_or(end), &Vec::new(), &Default::default());
                let names = relations.get(&object.name).cloned().unwrap_or_default();
                columns = Some(
                    outputs
                        .into_iter()
                        .enumerate()
                        .map(|(i, o)| (names.get(i).map_or(o.name, |n| n.0.clone()), o.was))
                        .collect(),
                );
            }
        }
        Kind::Trigger => {
            if let (Some(own), Some(when)) =
                (own, (0..end).find(|i| text.is(*i, "when") && text.is(i + 1, "(")))
            {
                let scopes = vec![vec![("old".to_owned(), own.clone()), ("new".to_owned(), own)]];
                reader.expression(when + 1, text.close(when + 1), &scopes, &Default::default());
            }
        }
        Kind::Policy => {
            let table = object.table.as_ref().map_or("", |t| &t.name).to_owned();
            let scopes = vec![vec![(table, own.unwrap_or_default())]];
            for at in 0..end {
                let clause = text.is(at, "using") || (text.is(at, "check") && text.is(at - 1, "with"));
                if clause && text.is(at + 1, "(") && depth(&text, at) == 0 {
                    reader.expression(at + 1, text.close(at + 1), &scopes, &Default::default());
                }
            }
        }
        Kind::Rule => {
            let own = own.unwrap_or_default();
            let scopes = vec![vec![("old".to_owned(), own.clone()), ("new".to_owned(), own)]];
            reader.expression(0, end, &scopes, &Default::default());
        }
        Kind::Function => body(&mut reader, end),
        Kind::Statistics => {
            *first = statistics(&text, own.unwrap_or_default());
            return create;
        }
        _ => {}
    }
    *first = text.rewrite(&reader.references);
    if let Some(columns) = columns {
        let was = |name: &str| columns.iter().find(|c| c.0 == name).and_then(|c| c.1.clone());
        for statement in create.iter_mut().skip(1).filter(|s| s.starts_with("CREATE")) {
            let index = Index { definition: statement.clone(), ..Index::default() };
            if let Some(converted) = index::converted(&index, &was) {
                *statement = converted;
            }
        }
        relations.insert(object.name.clone(), columns);
    }
    let _ = graph;
    create
}

fn reader_columns(relations: &Relations, table: &Name) -> Option<Columns> {
    relations.get(table).cloned()
}

/// The token behind the AS of a view.
fn behind_as(text: &Text<'_>) -> Option<usize> {
    let mut at = 0;
    while at < text.tokens.len() {
        if text.is(at, "(") {
            at = text.close(at);
        } else if text.is(at, "as") {
            return Some(at + 1);
        }
        at += 1;
    }
    None
}

fn depth(text: &Text<'_>, upto: usize) -> usize {
    (0..upto)
        .filter(|i| text.is(*i, "("))
        .count()
        .saturating_sub((0..upto).filter(|i| text.is(*i, ")")).count())
}

/// The queries of a parsed body; what they return keeps its type, for the function declares it.
fn body(reader: &mut Reader<'_>, end: usize) {
    let text = reader.text;
    let mut at = (0..end).find(|i| text.is(*i, "atomic")).map_or(end, |i| i + 1);
    while at < end {
        let mut stop = at;
        while stop < end && !text.is(stop, ";") {
            stop = if text.is(stop, "(") { text.close(stop) + 1 } else { stop + 1 };
        }
        let stop = stop.min(end);
        if text.is(at, "select") || text.is(at, "with") {
            let outputs = reader.query(at, stop, &Vec::new(), &Default::default());
            for mut output in outputs {
                reader.keep_text(&mut output);
            }
        } else {
            reader.expression(at, stop, &Vec::new(), &Default::default());
        }
        at = stop + 1;
    }
}

/// Statistics are of columns, which stay, and of expressions.
fn statistics(text: &Text<'_>, own: Columns) -> String {
    let was = |name: &str| own.iter().find(|c| c.0 == name).and_then(|c| c.1.clone());
    let end = text.tokens.len();
    let (Some(on), Some(from)) =
        ((0..end).find(|i| text.is(*i, "on")), (0..end).rev().find(|i| text.is(*i, "from")))
    else {
        return text.sql.to_owned();
    };
    let mut edits = Vec::new();
    for (first, behind) in items(text, on + 1, from) {
        if behind - first > 1 {
            let span = text.span(first, behind - 1);
            edits.push((span.clone(), expression(&text.sql[span], &was)));
        }
    }
    super::super::rewrite::apply(text.sql, edits)
}
