//! Triggers, policies and event triggers.

use super::catalog::class;
use super::make::{comment, object, uses};
use super::render::What;
use super::views::firing;
use super::world::World;
use switchback_plan::quote::ident;
use switchback_plan::schema::{Fact, Kind, Name, Object};

/// Adds them.
pub(super) fn read(world: &World<'_>, objects: &mut Vec<Object>) {
    triggers(world, objects);
    policies(world, objects);
    if world.whole_database() {
        event_triggers(world, objects);
    }
}

fn triggers(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.triggers {
        let [oid, name, relation, enabled, token] = row.cells();
        let oid = oid.oid();
        let Some(relation) = world.included(relation.oid()).filter(|_| !world.is_member(class::TRIGGER, oid))
        else {
            continue;
        };
        let texts = world.rendered.get(What::Trigger, oid, token.text());
        let mut facts = vec![Fact::text("definition", texts.text(0))];
        let firing = firing(enabled.letter());
        if let Some((said, _)) = firing {
            facts.push(Fact::structure("enabled", said));
        }
        world.comment_fact(class::TRIGGER, oid, 0, &mut facts);
        let table = world.relation_name(relation.oid);
        let mut object = object(Kind::Trigger, Name::new(name.text()), facts);
        object.definition = texts.text(0).to_owned();
        if world.compile {
            let what = format!("TRIGGER {} ON {}", ident(name.text()), table.sql());
            object.create.push(object.definition.clone());
            if let Some((_, word)) = firing {
                let alter = format!("ALTER TABLE {} {word} TRIGGER {}", table.sql(), ident(name.text()));
                object.create.push(alter);
            }
            object.create.extend(comment(world, (class::TRIGGER, oid, 0), &what));
            object.drop = format!("DROP {what}");
            object.uses = uses(world, class::TRIGGER, oid, 0);
        }
        object.table = Some(table);
        objects.push(object);
    }
}

fn policies(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.policies {
        let [oid, name, relation, command, permissive, roles, token] = row.cells();
        let oid = oid.oid();
        let Some(relation) = world.included(relation.oid()) else { continue };
        let texts = world.rendered.get(What::Policy, oid, token.text());
        let command = match command.letter() {
            'r' => "SELECT",
            'a' => "INSERT",
            'w' => "UPDATE",
            'd' => "DELETE",
            _ => "ALL",
        };
        let manner = if permissive.flag() { "PERMISSIVE" } else { "RESTRICTIVE" };
        let mut facts = vec![
            Fact::structure("for", command),
            Fact::structure("to", roles.text()),
            Fact::structure("as", manner),
        ];
        let table = world.relation_name(relation.oid);
        let mut definition = format!(
            "CREATE POLICY {} ON {} AS {manner} FOR {command} TO {}",
            ident(name.text()),
            table.sql(),
            roles.text()
        );
        for (i, property, words) in [(0, "using", " USING "), (1, "with check", " WITH CHECK ")] {
            if let Some(text) = texts.opt(i) {
                facts.push(Fact::text(property, text));
                definition.push_str(&format!("{words}({text})"));
            }
        }
        world.comment_fact(class::POLICY, oid, 0, &mut facts);
        let mut object = object(Kind::Policy, Name::new(name.text()), facts);
        if world.compile {
            let what = format!("POLICY {} ON {}", ident(name.text()), table.sql());
            object.create.push(definition.clone());
            object.create.extend(comment(world, (class::POLICY, oid, 0), &what));
            object.drop = format!("DROP {what}");
            object.uses = uses(world, class::POLICY, oid, 0);
        }
        object.definition = definition;
        object.table = Some(table);
        objects.push(object);
    }
}

fn event_triggers(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.event_triggers {
        let [oid, name, event, owner, function, enabled, tags] = row.cells();
        if world.is_member(class::EVENT_TRIGGER, oid.oid()) {
            continue;
        }
        let mut facts =
            vec![Fact::structure("event", event.text()), Fact::structure("function", function.text())];
        if let Some(tags) = tags.opt() {
            facts.push(Fact::structure("tags", tags));
        }
        if let Some((said, _)) = firing(enabled.letter()) {
            facts.push(Fact::structure("enabled", said));
        }
        if owner.text() != world.user {
            facts.push(Fact::access("owner", owner.text()));
        }
        world.comment_fact(class::EVENT_TRIGGER, oid.oid(), 0, &mut facts);
        objects.push(object(Kind::EventTrigger, Name::new(name.text()), facts));
    }
}
