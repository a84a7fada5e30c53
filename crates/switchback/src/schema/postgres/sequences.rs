//! Sequences: their parameters. The value is data.

use super::access::{Access, On};
use super::catalog::class;
use super::make::object;
use super::world::World;
use std::collections::HashMap;
use switchback_plan::schema::{Fact, Kind, Object};

/// Adds them.
pub(super) fn read(world: &World<'_>, objects: &mut Vec<Object>) {
    let mut owners: HashMap<u32, (u32, i64, char)> = HashMap::new();
    for row in &world.catalogs.links {
        let [sequence, table, column, how] = row.cells();
        if matches!(how.letter(), 'a' | 'i') {
            owners.insert(sequence.oid(), (table.oid(), column.number(), how.letter()));
        }
    }
    for row in &world.catalogs.sequences {
        let [oid, data_type, start, increment, min, max, cache, cycle] = row.cells();
        let oid = oid.oid();
        let Some(relation) = world.included(oid) else { continue };
        let mut facts = vec![
            Fact::structure("type", data_type.text()),
            Fact::structure("start", start.text()),
            Fact::structure("increment", increment.text()),
            Fact::structure("minimum", min.text()),
            Fact::structure("maximum", max.text()),
        ];
        if cache.text() != "1" {
            facts.push(Fact::structure("cache", cache.text()));
        }
        if cycle.flag() {
            facts.push(Fact::structure("cycle", "yes"));
        }
        if relation.persistence == 'u' {
            facts.push(Fact::structure("persistence", "unlogged"));
        }
        if let Some((table, column, how)) = owners.get(&oid) {
            if world.relations.get(table).is_some_and(|r| world.is_own(r)) {
                continue;
            }
            let column = format!(
                "{}.{}",
                world.relation_name(*table),
                world.column(*table, *column).unwrap_or_default()
            );
            facts.push(Fact::structure(if *how == 'i' { "identity of" } else { "owned by" }, column));
        }
        world.comment_fact(class::RELATION, oid, 0, &mut facts);
        Access::new(world, relation.owner, relation.acl, On::Sequence, relation.schema).facts(&mut facts);
        objects.push(object(Kind::Sequence, world.relation_name(oid), facts));
    }
}
