//! Functions, procedures and aggregates.

use super::access::{Access, On};
use super::catalog::{Row, class};
use super::make::{comment, object, unqualified, uses};
use super::render::What;
use super::world::World;
use std::collections::HashMap;
use switchback_plan::schema::{Fact, Kind, Name, Object};
use switchback_plan::{Dialect, lex};

/// Adds them.
pub(super) fn read(world: &World<'_>, objects: &mut Vec<Object>) {
    let aggregates: HashMap<u32, &str> = world
        .catalogs
        .aggregates
        .iter()
        .map(|row| {
            let [oid, definition] = row.cells();
            (oid.oid(), definition.text())
        })
        .collect();
    for row in &world.catalogs.functions {
        let [oid, _, schema] = row.cells();
        if world.includes(class::FUNCTION, oid.oid(), schema.oid()) {
            objects.push(function(world, row, &aggregates));
        }
    }
}

fn function(world: &World<'_>, row: &Row, aggregates: &HashMap<u32, &str>) -> Object {
    let [
        oid,
        name,
        schema,
        owner,
        acl,
        kind,
        language,
        volatility,
        strict,
        definer,
        leakproof,
        parallel,
        cost,
        rows,
        set,
        arguments,
        settings,
        source,
        binary,
        support,
        transforms,
        token,
    ] = row.cells();
    let oid = oid.oid();
    let texts = world.rendered.get(What::Function, oid, token.text());
    let mut facts = Vec::new();
    let mut say = |property, value: &str| facts.push(Fact::structure(property, value));
    let word = match kind.letter() {
        'p' => "PROCEDURE",
        'a' => "AGGREGATE",
        _ => "FUNCTION",
    };
    match kind.letter() {
        'p' => say("kind", "procedure"),
        'w' => say("kind", "window"),
        _ => {}
    }
    if kind.letter() != 'a' {
        say("language", language.text());
    }
    match volatility.letter() {
        'i' => say("volatility", "immutable"),
        's' => say("volatility", "stable"),
        _ => {}
    }
    for (property, set) in
        [("strict", strict.flag()), ("security definer", definer.flag()), ("leakproof", leakproof.flag())]
    {
        if set {
            say(property, "yes");
        }
    }
    match parallel.letter() {
        's' => say("parallel", "safe"),
        'r' => say("parallel", "restricted"),
        _ => {}
    }
    let usual = if matches!(language.text(), "internal" | "c") { "1" } else { "100" };
    if cost.text() != usual && kind.letter() != 'a' {
        say("cost", cost.text());
    }
    if set.flag() && rows.text() != "1000" {
        say("rows", rows.text());
    }
    if let Some(settings) = settings.opt() {
        say("settings", &settings.lines().collect::<Vec<_>>().join(", "));
    }
    if let Some(support) = support.opt() {
        say("support", support);
    }
    if transforms.flag() {
        say("transforms", "yes");
    }
    if let Some(result) = texts.opt(2) {
        say("returns", result);
    }
    facts.push(Fact::text("arguments", texts.text(1)));
    if kind.letter() == 'a' {
        facts.push(Fact::text("definition", aggregates.get(&oid).copied().unwrap_or_default()));
    } else {
        facts.push(Fact::text("body", body(language.text(), source.text(), texts.opt(3))));
    }
    if let Some(binary) = binary.opt() {
        facts.push(Fact::text("library", binary));
    }
    world.comment_fact(class::FUNCTION, oid, 0, &mut facts);
    let access = Access::new(world, owner.text(), acl.opt(), On::Function, schema.oid());
    access.facts(&mut facts);

    let signature = format!("{}({})", name.text(), arguments.text());
    let kind = if word == "AGGREGATE" { Kind::Aggregate } else { Kind::Function };
    let mut object = object(kind, world.name(schema.oid(), &signature), facts);
    if kind == Kind::Function {
        let words = ["CREATE OR REPLACE FUNCTION ", "CREATE OR REPLACE PROCEDURE "];
        object.definition = unqualified(world, texts.text(0), &words).trim_end().to_owned();
        if world.compile {
            let plain: Name = world.name(schema.oid(), name.text());
            let sql = format!("{}({})", plain.sql(), arguments.text());
            object.create.push(object.definition.clone());
            object.create.extend(comment(world, (class::FUNCTION, oid, 0), &format!("{word} {sql}")));
            object.create.extend(access.statements(word, word, &sql));
            object.drop = format!("DROP {word} {sql}");
            object.uses = uses(world, class::FUNCTION, oid, 0);
        }
    }
    object
}

/// What a function does, without white space and comments where they say nothing.
fn body(language: &str, source: &str, parsed: Option<&str>) -> String {
    match (parsed, language) {
        (Some(parsed), _) => parsed.to_owned(),
        (None, "sql" | "plpgsql") => squeezed(source),
        (None, _) => source.to_owned(),
    }
}

/// The tokens of a text, each but the first behind one blank.
pub(super) fn squeezed(text: &str) -> String {
    let tokens = lex::lex(Dialect::Postgres, text);
    tokens.iter().filter(|t| !t.is_gap()).map(|t| t.text(text)).collect::<Vec<_>>().join(" ")
}
