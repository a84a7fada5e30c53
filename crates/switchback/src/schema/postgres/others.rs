//! Schemas, extensions, extended statistics, publications, default privileges, collations, casts, operators, and what
//! has no kind of its own.

use super::access::{Access, On, parse};
use super::catalog::{Row, class};
use super::make::{bare, comment, object, unqualified, uses};
use super::render::What;
use super::world::World;
use std::collections::HashMap;
use switchback_plan::quote::ident;
use switchback_plan::schema::{CURRENT, Fact, Kind, Name, Object};

/// The schema that every database begins with.
const PUBLIC: u32 = 2200;

/// Adds them.
pub(super) fn read(world: &World<'_>, objects: &mut Vec<Object>) {
    schemas(world, objects);
    statistics(world, objects);
    default_privileges(world, objects);
    collations(world, objects);
    operators(world, objects);
    others(world, objects);
    if world.whole_database() {
        extensions(world, objects);
        publications(world, objects);
        casts(world, objects);
        settings(world, objects);
        user_mappings(world, objects);
    }
}

fn schemas(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.schemas {
        let [oid, name, owner, acl, initial] = row.cells();
        let oid = oid.oid();
        if !world.includes(class::SCHEMA, oid, oid) || world.is_for_own_tables(oid) {
            continue;
        }
        let mut facts = Vec::new();
        if oid == PUBLIC {
            public(world, owner.text(), acl.opt(), initial.opt(), &mut facts);
        } else {
            world.comment_fact(class::SCHEMA, oid, 0, &mut facts);
            Access::new(world, owner.text(), acl.opt(), On::Schema, 0).facts(&mut facts);
        }
        // Names are relative: whatever the current schema is called, it is always there.
        let name = if world.is_current(name.text()) { CURRENT } else { name.text() };
        objects.push(object(Kind::Schema, Name::new(name), facts));
    }
}

/// The server's own schema: what is not as the server made it.
fn public(world: &World<'_>, owner: &str, acl: Option<&str>, initial: Option<&str>, facts: &mut Vec<Fact>) {
    if let Some(comment) = world.comment(class::SCHEMA, PUBLIC, 0)
        && comment != "standard public schema"
    {
        facts.push(Fact::structure("comment", comment));
    }
    let initial = initial.unwrap_or_default();
    let first_owner = parse(initial).first().map(|g| g.grantor().to_owned());
    if first_owner.as_deref() != Some(owner) && owner != world.user && owner != "pg_database_owner" {
        facts.push(Fact::access("owner", owner));
    }
    let Some(acl) = acl else { return };
    let was = On::Schema.words_by_role(&parse(initial), first_owner.as_deref().unwrap_or_default());
    let is = On::Schema.words_by_role(&parse(acl), owner);
    for grant in is.iter().filter(|g| !was.contains(g)) {
        facts.push(Fact::access("grants", grant));
    }
    for grant in was.iter().filter(|g| !is.contains(g)) {
        facts.push(Fact::access("grants", format!("not {grant}")));
    }
}

fn extensions(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.extensions {
        let [oid, name, schema, version] = row.cells();
        let mut facts = vec![Fact::text("version", version.text())];
        if let Some(schema) = world.schema_name(schema.oid()).filter(|s| !world.is_current(s)) {
            facts.push(Fact::structure("schema", schema));
        }
        // The comment is the extension's own until somebody writes another.
        if let Some(comment) = world.comment(class::EXTENSION, oid.oid(), 0) {
            facts.push(Fact::text("comment", comment));
        }
        objects.push(object(Kind::Extension, Name::new(name.text()), facts));
    }
}

fn statistics(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.statistics {
        let [oid, name, schema, relation, owner, keys, kinds, target, token] = row.cells();
        let oid = oid.oid();
        let Some(relation) = world.included(relation.oid()) else { continue };
        let texts = world.rendered.get(What::Statistics, oid, token.text());
        let definition = unqualified(world, bare(texts.text(0)), &["CREATE STATISTICS "]);
        let columns = world.column_names(relation.oid, &keys.numbers()).join(", ");
        let mut kinds: Vec<&str> = kinds.text().chars().filter_map(statistics_kind).collect();
        kinds.sort_unstable();
        let mut facts = vec![
            Fact::structure("columns", columns),
            Fact::structure("kinds", kinds.join(", ")),
            Fact::text("definition", &definition),
        ];
        if let Some(target) = target.opt() {
            facts.push(Fact::structure("statistics target", target));
        }
        if owner.text() != world.user {
            facts.push(Fact::access("owner", owner.text()));
        }
        world.comment_fact(class::STATISTICS, oid, 0, &mut facts);
        let mut object = object(Kind::Statistics, world.name(schema.oid(), name.text()), facts);
        if world.compile {
            let what = format!("STATISTICS {}", object.name.sql());
            object.create.push(definition.clone());
            if let Some(target) = target.opt() {
                object.create.push(format!("ALTER {what} SET STATISTICS {target}"));
            }
            if owner.text() != world.user {
                object.create.push(format!("ALTER {what} OWNER TO {}", ident(owner.text())));
            }
            object.create.extend(comment(world, (class::STATISTICS, oid, 0), &what));
            object.drop = format!("DROP {what}");
            object.uses = uses(world, class::STATISTICS, oid, 0);
        }
        object.definition = definition;
        object.table = Some(world.relation_name(relation.oid));
        objects.push(object);
    }
}

fn statistics_kind(letter: char) -> Option<&'static str> {
    match letter {
        'd' => Some("ndistinct"),
        'f' => Some("dependencies"),
        'm' => Some("mcv"),
        _ => None,
    }
}

fn publications(world: &World<'_>, objects: &mut Vec<Object>) {
    let mut names: HashMap<u32, &str> = HashMap::new();
    let mut schemas: HashMap<u32, Vec<&str>> = HashMap::new();
    for row in &world.catalogs.publication_schemas {
        let [publication, schema] = row.cells();
        schemas.entry(publication.oid()).or_default().extend(world.schema_name(schema.oid()));
    }
    for row in &world.catalogs.publications {
        let [oid, name, owner, all, insert, update, delete, truncate, root, generated] = row.cells();
        let oid = oid.oid();
        if world.is_member(class::PUBLICATION, oid) {
            continue;
        }
        names.insert(oid, name.text());
        let published: Vec<&str> =
            [("insert", insert), ("update", update), ("delete", delete), ("truncate", truncate)]
                .into_iter()
                .filter_map(|(word, set)| set.flag().then_some(word))
                .collect();
        let mut facts = vec![Fact::structure("publish", published.join(", "))];
        for (property, set) in [("all tables", all), ("via root", root)] {
            if set.flag() {
                facts.push(Fact::structure(property, "yes"));
            }
        }
        if let Some(mut schemas) = schemas.remove(&oid) {
            schemas.sort_unstable();
            facts.push(Fact::structure("schemas", schemas.join(", ")));
        }
        // From PostgreSQL 18 on.
        if generated.opt().is_some_and(|g| g != "n") {
            facts.push(Fact::text("generated columns", generated.text()));
        }
        if owner.text() != world.user {
            facts.push(Fact::access("owner", owner.text()));
        }
        world.comment_fact(class::PUBLICATION, oid, 0, &mut facts);
        objects.push(object(Kind::Publication, Name::new(name.text()), facts));
    }
    for row in &world.catalogs.publication_tables {
        let [oid, publication, relation, _, _, _] = row.cells();
        if let (Some(name), Some(_)) = (names.get(&publication.oid()), world.included(relation.oid())) {
            objects.push(publication_table(world, name, oid.oid(), row));
        }
    }
}

fn publication_table(world: &World<'_>, publication: &str, oid: u32, row: &Row) -> Object {
    let [_, _, relation, columns, filtered, token] = row.cells();
    let relation = relation.oid();
    let table = world.relation_name(relation);
    let only = if world.relations.get(&relation).is_some_and(|r| r.kind == 'r') { "ONLY " } else { "" };
    let mut facts = Vec::new();
    let mut create = format!("ALTER PUBLICATION {} ADD TABLE {only}{}", ident(publication), table.sql());
    if columns.opt().is_some() {
        let names = world.column_names(relation, &columns.numbers());
        let quoted: Vec<String> = names.iter().map(|n| ident(n)).collect();
        create.push_str(&format!(" ({})", quoted.join(", ")));
        facts.push(Fact::structure("columns", names.join(", ")));
    }
    if filtered.flag() {
        let filter = world.rendered.get(What::PublicationFilter, oid, token.text());
        create.push_str(&format!(" WHERE ({})", filter.text(0)));
        facts.push(Fact::text("where", filter.text(0)));
    }
    let mut object = object(Kind::Publication, Name::new(publication), facts);
    object.definition = create.clone();
    if world.compile {
        object.create.push(create);
        object.drop = format!("ALTER PUBLICATION {} DROP TABLE {only}{}", ident(publication), table.sql());
        object.uses = uses(world, class::PUBLICATION_TABLE, oid, 0);
    }
    object.table = Some(table);
    object
}

fn default_privileges(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.default_privileges {
        let [_, _, schema, letter, acl, role, usual] = row.cells();
        let (role, schema) = (role.text(), schema.oid());
        if (schema == 0 && !world.whole_database()) || (schema != 0 && !world.includes_schema(schema)) {
            continue;
        }
        let (what, on) = match letter.letter() {
            'r' => ("tables", On::Table),
            'S' => ("sequences", On::Sequence),
            'f' => ("functions", On::Function),
            'T' => ("types", On::Type),
            'n' => ("schemas", On::Schema),
            _ => ("large objects", On::Other),
        };
        let mut name = what.to_owned();
        if let Some(schema) = world.schema_name(schema) {
            name.push_str(" in ");
            name.push_str(if world.is_current(schema) { "the current schema" } else { schema });
        }
        if role != world.user {
            name.push_str(&format!(" of {role}"));
        }
        let is = on.words_by_role(&parse(acl.text()), role);
        // In one schema privileges are only added.
        let usual = if schema == 0 { parse(usual.text()) } else { Vec::new() };
        let was = on.words_by_role(&usual, role);
        let mut facts: Vec<Fact> =
            is.iter().filter(|g| !was.contains(g)).map(|g| Fact::access("grants", g)).collect();
        facts.extend(
            was.iter().filter(|g| !is.contains(g)).map(|g| Fact::access("grants", format!("not {g}"))),
        );
        objects.push(object(Kind::DefaultPrivileges, Name::new(name), facts));
    }
}

fn collations(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.collations {
        let [oid, name, schema, owner, provider, collate, ctype, locale, deterministic] = row.cells();
        if !world.includes(class::COLLATION, oid.oid(), schema.oid()) {
            continue;
        }
        let mut facts = vec![Fact::structure("provider", provider.text())];
        for (property, value) in [("collate", collate), ("ctype", ctype), ("locale", locale)] {
            // Each major keeps them in other columns.
            if let Some(value) = value.opt() {
                facts.push(Fact::text(property, value));
            }
        }
        if !deterministic.flag() {
            facts.push(Fact::structure("deterministic", "no"));
        }
        if owner.text() != world.user {
            facts.push(Fact::access("owner", owner.text()));
        }
        world.comment_fact(class::COLLATION, oid.oid(), 0, &mut facts);
        objects.push(object(Kind::Collation, world.name(schema.oid(), name.text()), facts));
    }
}

fn casts(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.casts {
        let [oid, source, target, function, context, method] = row.cells();
        if world.is_member(class::CAST, oid.oid()) {
            continue;
        }
        let mut facts =
            vec![Fact::structure("context", context.text()), Fact::structure("method", method.text())];
        if let Some(function) = function.opt() {
            facts.push(Fact::structure("function", function));
        }
        world.comment_fact(class::CAST, oid.oid(), 0, &mut facts);
        let name = format!("{} as {}", source.text(), target.text());
        objects.push(object(Kind::Cast, Name::new(name), facts));
    }
}

fn operators(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.operators {
        let [
            oid,
            name,
            schema,
            owner,
            left,
            right,
            function,
            merges,
            hashes,
            commutator,
            negator,
            restrict,
            join,
        ] = row.cells();
        if !world.includes(class::OPERATOR, oid.oid(), schema.oid()) {
            continue;
        }
        let mut facts = vec![Fact::structure("function", function.text())];
        for (property, value) in
            [("commutator", commutator), ("negator", negator), ("restrict", restrict), ("join", join)]
        {
            if let Some(value) = value.opt() {
                facts.push(Fact::structure(property, value));
            }
        }
        for (property, set) in [("merges", merges), ("hashes", hashes)] {
            if set.flag() {
                facts.push(Fact::structure(property, "yes"));
            }
        }
        if owner.text() != world.user {
            facts.push(Fact::access("owner", owner.text()));
        }
        world.comment_fact(class::OPERATOR, oid.oid(), 0, &mut facts);
        let types = format!("({}, {})", left.opt().unwrap_or("none"), right.opt().unwrap_or("none"));
        let name = world.name(schema.oid(), &format!("{}{types}", name.text()));
        objects.push(object(Kind::Operator, name, facts));
    }
}

fn others(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.others {
        let [class, oid, schema, word, name, definition, owner, acl] = row.cells();
        let (class, oid, schema) = (class.oid(), oid.oid(), schema.oid());
        let included = if schema == 0 { world.whole_database() } else { world.includes_schema(schema) };
        if !included || world.is_member(class, oid) {
            continue;
        }
        let mut facts = vec![Fact::text("definition", definition.text())];
        world.comment_fact(class, oid, 0, &mut facts);
        if owner.opt().is_some() {
            let on = if matches!(class, class::SERVER | class::WRAPPER) { On::Other } else { On::Type };
            Access::new(world, owner.text(), acl.opt(), on, schema).facts(&mut facts);
        }
        let (kind, name) = match word.text() {
            "foreign data wrapper" => (Kind::ForeignDataWrapper, Name::new(name.text())),
            "server" => (Kind::Server, Name::new(name.text())),
            "language" => (Kind::Language, Name::new(name.text())),
            "access method" => (Kind::AccessMethod, Name::new(name.text())),
            word => (Kind::Other, world.name(schema, &format!("{word} {}", name.text()))),
        };
        objects.push(object(kind, name, facts));
    }
}

/// A role, where it is not the user who asks: that one is called otherwise on a throwaway database.
fn role_name(world: &World<'_>, role: &str) -> String {
    if role == world.user { "the current user".to_owned() } else { role.to_owned() }
}

fn settings(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.settings {
        let [name, value, role, of_database] = row.cells();
        let (kind, whose) = match (role.opt().map(|r| role_name(world, r)), of_database.flag()) {
            (Some(role), true) => (Kind::Setting, format!("{role} in the database")),
            (Some(role), false) => (Kind::RoleSetting, role),
            (None, true) => (Kind::Setting, "the database".to_owned()),
            // ALTER ROLE ALL is the whole server's.
            (None, false) => (Kind::RoleSetting, "all roles".to_owned()),
        };
        let name = Name::new(format!("{} of {whose}", name.text()));
        objects.push(object(kind, name, vec![Fact::structure("value", value.text())]));
    }
}

fn user_mappings(world: &World<'_>, objects: &mut Vec<Object>) {
    for row in &world.catalogs.user_mappings {
        let [server, role, options] = row.cells();
        let role = role.opt().map_or_else(|| "PUBLIC".to_owned(), |r| role_name(world, r));
        let facts = options.opt().map(|o| Fact::structure("options", o)).into_iter().collect();
        objects.push(object(Kind::UserMapping, Name::new(format!("{} for {role}", server.text())), facts));
    }
}
