//! Indexes, of tables and of materialized views.

use super::catalog::class;
use super::render::{Texts, What};
use super::world::{World, sorted};
use std::collections::{BTreeSet, HashMap};
use switchback_plan::schema::{Fact, Index};

/// What an expression of text has where nothing is said.
const DEFAULT_COLLATION: i64 = 100;

/// The indexes of each relation that is read.
pub(super) fn read(world: &World<'_>) -> HashMap<u32, Vec<Index>> {
    let mut constraints: HashMap<u32, &str> = HashMap::new();
    for row in &world.catalogs.constraints {
        let [_, name, kind, _, _, _, _, _, index] = row.cells();
        if matches!(kind.letter(), 'p' | 'u' | 'x') {
            constraints.insert(index.oid(), name.text());
        }
    }
    let mut mentions: HashMap<u32, BTreeSet<i64>> = HashMap::new();
    for row in &world.catalogs.links {
        let [index, _, column] = row.cells();
        mentions.entry(index.oid()).or_default().insert(column.number());
    }
    let mut classes: HashMap<i64, &str> = HashMap::new();
    for row in &world.catalogs.operator_classes {
        let [oid, name] = row.cells();
        classes.insert(oid.number(), name.text());
    }
    let mut parents: HashMap<u32, u32> = HashMap::new();
    for row in &world.catalogs.inherits {
        let [child, parent] = row.cells();
        parents.insert(child.oid(), parent.oid());
    }
    let mut indexes: HashMap<u32, Vec<Index>> = HashMap::new();
    for row in &world.catalogs.indexes {
        let [
            oid,
            relation,
            unique,
            clustered,
            valid,
            replica,
            keys,
            columns,
            options,
            operators,
            collations,
            has_expressions,
            is_partial,
            nulls_not_distinct,
            token,
        ] = row.cells();
        let (oid, relation) = (oid.oid(), relation.oid());
        let Some(of) = world.relations.get(&oid).filter(|_| world.included(relation).is_some()) else {
            continue;
        };
        // Of the others the facts say all, until somebody wants to make them again.
        let rendered = has_expressions.flag() || is_partial.flag() || world.compile;
        // The text says storage parameters too, which are kept elsewhere.
        let said = format!("{} {}", token.text(), of.options.unwrap_or_default());
        let texts = if rendered { world.rendered.get(What::Index, oid, &said) } else { Texts::default() };
        let keys = usize::try_from(keys.number()).unwrap_or_default();
        let numbers = columns.numbers();
        let (key_numbers, included) = numbers.split_at(keys.min(numbers.len()));
        let mut facts = Vec::new();
        let mut say = |property, value: &str| facts.push(Fact::structure(property, value));
        if of.method != "btree" {
            say("method", of.method);
        }
        if !included.is_empty() {
            say("include", &world.column_names(relation, included).join(", "));
        }
        let directions = numbered(options.numbers().iter().map(|o| direction(*o).map(str::to_owned)));
        if !directions.is_empty() {
            say("directions", &directions);
        }
        let operators = numbered(operators.numbers().iter().map(|o| classes.get(o).map(|c| (*c).to_owned())));
        if !operators.is_empty() {
            say("operator classes", &operators);
        }
        let collations =
            other_collations(world, (oid, relation), (&numbers, &collations.numbers()), token.text());
        if !collations.is_empty() {
            say("collations", &collations);
        }
        if nulls_not_distinct.flag() {
            say("nulls not distinct", "yes");
        }
        if clustered.flag() {
            say("clustered", "yes");
        }
        if replica.flag() {
            say("replica identity", "yes");
        }
        if let Some(options) = of.options {
            say("storage parameters", &sorted(options));
        }
        if let Some(tablespace) = of.tablespace {
            say("tablespace", tablespace);
        }
        for key in world.columns_of(oid) {
            let statistics = key.statistics.map(|s| format!("statistics {s}"));
            let said = [key.options.map(str::to_owned), statistics];
            let said: Vec<String> = said.into_iter().flatten().collect();
            say("options of keys", &format!("{} {}", key.number, said.join(", ")));
        }
        if let Some(parent) = parents.get(&oid) {
            say("partition of", &world.relation_name(*parent).to_string());
        }
        if has_expressions.flag() {
            facts.push(Fact::text("definition", texts.text(0)));
        }
        world.comment_fact(class::RELATION, oid, 0, &mut facts);
        let mut mentioned = mentions.remove(&oid).unwrap_or_default();
        mentioned.extend(numbers.iter().filter(|n| **n > 0));
        let mentioned: Vec<i64> = mentioned.into_iter().collect();
        let mut mentions = world.column_names(relation, &mentioned);
        mentions.sort();
        indexes.entry(relation).or_default().push(Index {
            name: world.relation_name(oid),
            unique: unique.flag(),
            valid: valid.flag(),
            columns: key_numbers.iter().map(|n| world.column(relation, *n).map(str::to_owned)).collect(),
            mentions,
            predicate: texts.opt(1).map(str::to_owned),
            constraint: constraints.get(&oid).map(|c| (*c).to_owned()),
            definition: texts.text(0).to_owned(),
            facts,
        });
    }
    indexes
}

/// `2 text_pattern_ops`: what is said of some of the keys.
fn numbered(said: impl Iterator<Item = Option<String>>) -> String {
    let said = said.enumerate().filter_map(|(i, said)| Some(format!("{} {}", i + 1, said?)));
    said.collect::<Vec<String>>().join(", ")
}

/// The collations of keys that are not the columns' own.
fn other_collations(
    world: &World<'_>,
    (index, relation): (u32, u32),
    (columns, collations): (&[i64], &[i64]),
    token: &str,
) -> String {
    let own = |column: i64| {
        let column = world.columns_of(relation).iter().find(|c| c.number == column);
        column.map_or(DEFAULT_COLLATION, |c| i64::from(c.collation_oid))
    };
    let other =
        |i: usize, collation: i64| collation != 0 && columns.get(i).is_some_and(|c| own(*c) != collation);
    if !collations.iter().enumerate().any(|(i, c)| other(i, *c)) {
        return String::new();
    }
    let names = world.rendered.get(What::IndexCollations, index, token);
    let names: Vec<&str> = names.text(0).lines().collect();
    numbered(collations.iter().enumerate().map(|(i, collation)| {
        other(i, *collation).then(|| names.get(i).copied().unwrap_or_default().to_owned())
    }))
}

/// Where it is not ascending with NULLs last.
fn direction(option: i64) -> Option<&'static str> {
    match option & 3 {
        0 => None,
        1 => Some("descending, nulls last"),
        2 => Some("nulls first"),
        _ => Some("descending"),
    }
}
