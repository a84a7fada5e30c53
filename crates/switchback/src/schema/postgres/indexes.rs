//! Indexes, of tables and of materialized views.

use super::catalog::class;
use super::render::What;
use super::world::{World, sorted};
use std::collections::{BTreeSet, HashMap};
use switchback_plan::schema::{Fact, Index};

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
    let mut told: HashMap<u32, Vec<String>> = HashMap::new();
    for row in &world.catalogs.index_columns {
        let [index, number, options, statistics] = row.cells();
        let said: Vec<String> =
            [options.opt().map(str::to_owned), statistics.opt().map(|s| format!("statistics {s}"))]
                .into_iter()
                .flatten()
                .collect();
        told.entry(index.oid()).or_default().push(format!("{} {}", number.text(), said.join(", ")));
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
            has_expressions,
            _,
            nulls_not_distinct,
            token,
        ] = row.cells();
        let (oid, relation) = (oid.oid(), relation.oid());
        let Some(of) = world.relations.get(&oid).filter(|_| world.included(relation).is_some()) else {
            continue;
        };
        let texts = world.rendered.get(What::Index, oid, token.text());
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
        let directions: Vec<String> = options
            .numbers()
            .iter()
            .enumerate()
            .filter_map(|(i, option)| direction(*option).map(|d| format!("{} {d}", i + 1)))
            .collect();
        if !directions.is_empty() {
            say("directions", &directions.join(", "));
        }
        if let Some(classes) = texts.opt(2) {
            say("operator classes", classes);
        }
        if let Some(collations) = texts.opt(3) {
            say("collations", collations);
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
        if let Some(told) = told.get(&oid) {
            say("options of keys", &told.join("; "));
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

/// Where it is not ascending with NULLs last.
fn direction(option: i64) -> Option<&'static str> {
    match option & 3 {
        0 => None,
        1 => Some("descending, nulls last"),
        2 => Some("nulls first"),
        _ => Some("descending"),
    }
}
