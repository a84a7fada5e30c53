//! Types and domains. The row types of tables are the tables.

use super::access::{Access, On};
use super::catalog::class;
use super::make::object;
use super::render::What;
use super::world::World;
use std::collections::HashMap;
use switchback_plan::quote::literal;
use switchback_plan::schema::{Fact, Kind, Object};

/// Adds them.
pub(super) fn read(world: &World<'_>, objects: &mut Vec<Object>) {
    let mut labels: HashMap<u32, Vec<String>> = HashMap::new();
    for row in &world.catalogs.labels {
        let [_, of, label] = row.cells();
        labels.entry(of.oid()).or_default().push(literal(label.text()));
    }
    for row in &world.catalogs.types {
        let [
            oid,
            name,
            schema,
            owner,
            acl,
            kind,
            relation,
            not_null,
            base,
            collation,
            has_default,
            length,
            by_value,
            align,
            storage,
            category,
            preferred,
            delimiter,
            input,
            output,
            token,
        ] = row.cells();
        let (oid, relation) = (oid.oid(), relation.oid());
        if !world.includes(class::TYPE, oid, schema.oid()) {
            continue;
        }
        let mut facts = Vec::new();
        let mut say = |property, value: &str| facts.push(Fact::structure(property, value));
        match kind.letter() {
            'e' => say("labels", &labels.remove(&oid).unwrap_or_default().join(", ")),
            'c' if world.relations.get(&relation).is_some_and(|r| r.kind == 'c') => {
                let attributes: Vec<String> = world
                    .columns_of(relation)
                    .iter()
                    .map(|c| {
                        let collation = c.collation.map(|c| format!(" collate {c}")).unwrap_or_default();
                        format!("{} {}{collation}", c.name, c.data_type)
                    })
                    .collect();
                say("attributes", &attributes.join(", "));
                for column in world.columns_of(relation) {
                    let number = u32::try_from(column.number).unwrap_or_default();
                    if let Some(comment) = world.comment(class::RELATION, relation, number) {
                        facts.push(Fact::structure(
                            "attribute comment",
                            format!("{}: {comment}", column.name),
                        ));
                    }
                }
            }
            'c' => continue,
            'r' => range(world, oid, &mut facts),
            'd' => {
                say("type", base.text());
                if not_null.flag() {
                    say("not null", "yes");
                }
                if let Some(collation) = collation.opt() {
                    say("collation", collation);
                }
                if has_default.flag() {
                    let default = world.rendered.get(What::DomainDefault, oid, token.text());
                    facts.push(Fact::text("default", default.text(0)));
                }
                checks(world, oid, &mut facts);
            }
            _ => {
                let said = [length, by_value, align, storage, category, preferred, delimiter, input, output];
                say("definition", &said.map(|c| c.text()).join(" "));
            }
        }
        world.comment_fact(class::TYPE, oid, 0, &mut facts);
        Access::new(world, owner.text(), acl.opt(), On::Type, schema.oid()).facts(&mut facts);
        let kind = if kind.letter() == 'd' { Kind::Domain } else { Kind::Type };
        objects.push(object(kind, world.name(schema.oid(), name.text()), facts));
    }
}

fn range(world: &World<'_>, oid: u32, facts: &mut Vec<Fact>) {
    for row in &world.catalogs.ranges {
        let [of, subtype, multirange, collation, class, canonical, difference] = row.cells();
        if of.oid() != oid {
            continue;
        }
        facts.push(Fact::structure("range of", subtype.text()));
        for (property, value) in [
            ("collation", collation),
            ("operator class", class),
            ("canonical", canonical),
            ("difference", difference),
        ] {
            if let Some(value) = value.opt() {
                facts.push(Fact::structure(property, value));
            }
        }
        // From PostgreSQL 14 on.
        if let Some(multirange) = multirange.opt() {
            facts.push(Fact::text("multirange", multirange));
        }
    }
}

fn checks(world: &World<'_>, domain: u32, facts: &mut Vec<Fact>) {
    for row in &world.catalogs.constraints {
        let [oid, name, kind, _, _, _, _, of, _, _, _, _, _, _, _, _, _, _, _, _, token] = row.cells();
        if of.oid() != domain || kind.letter() != 'c' {
            continue;
        }
        let definition = world.rendered.get(What::Constraint, oid.oid(), token.text());
        facts.push(Fact::structure("check", name.text()));
        facts.push(Fact::text("check definition", format!("{}: {}", name.text(), definition.text(0))));
        if let Some(comment) = world.comment(class::CONSTRAINT, oid.oid(), 0) {
            facts.push(Fact::structure("check comment", format!("{}: {comment}", name.text())));
        }
    }
}
