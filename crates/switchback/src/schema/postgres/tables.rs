//! Tables and their columns.

use super::access::{Access, On};
use super::catalog::class;
use super::render::What;
use super::world::{Attribute, Relation, World, sorted};
use std::collections::HashMap;
use switchback_plan::schema::{Column, Constraint, Fact, Generated, Identity, Index, Table};

/// The tables that are read: partitioned and foreign ones too.
pub(super) fn read(
    world: &World<'_>,
    mut constraints: HashMap<u32, Vec<Constraint>>,
    mut indexes: HashMap<u32, Vec<Index>>,
) -> Vec<Table> {
    let defaults = defaults(world);
    let around = Around::new(world);
    let mut tables: Vec<Table> = world
        .relations
        .values()
        .filter(|r| matches!(r.kind, 'r' | 'p' | 'f'))
        .filter_map(|r| world.included(r.oid))
        .map(|relation| Table {
            name: world.relation_name(relation.oid),
            columns: world
                .columns_of(relation.oid)
                .iter()
                .map(|c| column(world, relation, c, &defaults, &around))
                .collect(),
            constraints: constraints.remove(&relation.oid).unwrap_or_default(),
            indexes: indexes.remove(&relation.oid).unwrap_or_default(),
            definition: String::new(),
            facts: facts(world, relation, &around),
        })
        .collect();
    for table in &mut tables {
        table.constraints.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    tables
}

/// The expressions of defaults and generated columns, by table and column.
pub(super) fn defaults(world: &World<'_>) -> HashMap<(u32, i64), String> {
    let mut defaults = HashMap::new();
    for row in &world.catalogs.defaults {
        let [oid, relation, number, token] = row.cells();
        if world.included(relation.oid()).is_some() {
            let text = world.rendered.get(What::Default, oid.oid(), token.text());
            defaults.insert((relation.oid(), number.number()), text.text(0).to_owned());
        }
    }
    defaults
}

/// What other catalogs say about tables.
struct Around<'r> {
    parents: HashMap<u32, Vec<u32>>,
    partitioned: HashMap<u32, (char, &'r str)>,
    foreign: HashMap<u32, (&'r str, &'r str)>,
    /// On PostgreSQL 18 NOT NULL has a name and may be NOT VALID.
    not_null: HashMap<(u32, i64), (&'r str, bool, bool)>,
}

impl<'r> Around<'r> {
    fn new(world: &World<'r>) -> Around<'r> {
        let mut around = Around {
            parents: HashMap::new(),
            partitioned: HashMap::new(),
            foreign: HashMap::new(),
            not_null: HashMap::new(),
        };
        for row in &world.catalogs.inherits {
            let [child, parent] = row.cells();
            around.parents.entry(child.oid()).or_default().push(parent.oid());
        }
        for row in &world.catalogs.partitioned {
            let [table, strategy, token] = row.cells();
            around.partitioned.insert(table.oid(), (strategy.letter(), token.text()));
        }
        for row in &world.catalogs.foreign_tables {
            let [table, server, options] = row.cells();
            around.foreign.insert(table.oid(), (server.text(), options.text()));
        }
        for row in &world.catalogs.constraints {
            let [_, name, kind, _, _, validated, relation, _, _, _, _, _, _, _, columns, _, no_inherit] =
                row.cells();
            if kind.letter() == 'n' {
                for column in columns.numbers() {
                    let said = (name.text(), validated.flag(), no_inherit.flag());
                    around.not_null.insert((relation.oid(), column), said);
                }
            }
        }
        around
    }
}

fn facts(world: &World<'_>, relation: &Relation<'_>, around: &Around<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut say = |property, value: &str| facts.push(Fact::structure(property, value));
    match relation.kind {
        'p' => say("kind", "partitioned"),
        'f' => say("kind", "foreign"),
        _ => {}
    }
    if relation.persistence == 'u' {
        say("persistence", "unlogged");
    }
    if let Some(of_type) = relation.of_type {
        say("of type", of_type);
    }
    if let Some(tablespace) = relation.tablespace {
        say("tablespace", tablespace);
    }
    if !matches!(relation.method, "" | "heap") {
        say("access method", relation.method);
    }
    if let Some(options) = relation.options {
        say("storage parameters", &sorted(options));
    }
    if let Some(options) = relation.toast_options {
        say("toast storage parameters", &sorted(options));
    }
    if relation.row_security {
        say("row-level security", "yes");
    }
    if relation.forced_row_security {
        say("row-level security of the owner", "yes");
    }
    match relation.replica_identity {
        'f' => say("replica identity", "full"),
        'n' if relation.kind != 'f' => say("replica identity", "nothing"),
        'i' => say("replica identity", "index"),
        _ => {}
    }
    if let Some((server, options)) = around.foreign.get(&relation.oid) {
        say("server", server);
        if !options.is_empty() {
            say("options", options);
        }
    }
    if let Some(parents) = around.parents.get(&relation.oid) {
        let names: Vec<String> = parents.iter().map(|p| world.relation_name(*p).to_string()).collect();
        say(if relation.is_partition { "partition of" } else { "inherits" }, &names.join(", "));
    }
    if let Some((strategy, token)) = around.partitioned.get(&relation.oid) {
        let strategy = match strategy {
            'l' => "list",
            'r' => "range",
            'h' => "hash",
            _ => "yes",
        };
        say("partitioned by", strategy);
        let key = world.rendered.get(What::PartitionKey, relation.oid, token);
        facts.push(Fact::text("partition key", key.text(0)));
    }
    if relation.is_partition {
        let bound = world.rendered.get(What::PartitionBound, relation.oid, relation.token);
        facts.push(Fact::text("partition bound", bound.text(0)));
    }
    world.comment_fact(class::RELATION, relation.oid, 0, &mut facts);
    Access::new(world, relation.owner, relation.acl, On::Table, relation.schema).facts(&mut facts);
    facts
}

fn column(
    world: &World<'_>,
    relation: &Relation<'_>,
    of: &Attribute<'_>,
    defaults: &HashMap<(u32, i64), String>,
    around: &Around<'_>,
) -> Column {
    let expression = defaults.get(&(relation.oid, of.number)).cloned();
    let (default, generated) = match of.generated {
        's' | 'v' => {
            let expression = expression.unwrap_or_default();
            (None, Some(Generated { expression, stored: of.generated == 's' }))
        }
        _ => (expression, None),
    };
    Column {
        name: of.name.to_owned(),
        data_type: of.data_type.to_owned(),
        not_null: of.not_null,
        default,
        generated,
        // From PostgreSQL 17 on a partition has its parent's.
        identity: match of.identity {
            _ if relation.is_partition => None,
            'a' => Some(Identity::Always),
            'd' => Some(Identity::ByDefault),
            _ => None,
        },
        collation: of.collation.map(str::to_owned),
        facts: column_facts(world, relation, of, around),
    }
}

fn column_facts(
    world: &World<'_>,
    relation: &Relation<'_>,
    of: &Attribute<'_>,
    around: &Around<'_>,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut say = |property, value: Option<&str>| {
        if let Some(value) = value {
            facts.push(Fact::structure(property, value));
        }
    };
    say("storage", of.storage.map(storage));
    say("compression", of.compression.map(|c| if c == "l" { "lz4" } else { "pglz" }));
    say("statistics target", of.statistics);
    say("options", of.options);
    say("foreign options", of.foreign_options);
    if !of.local && !relation.is_partition {
        say("inherited", Some("yes"));
    }
    if let Some((name, validated, no_inherit)) = around.not_null.get(&(relation.oid, of.number)) {
        if !name.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("_not_null") {
            facts.push(Fact::text("not null constraint", *name));
        }
        if !validated {
            facts.push(Fact::text("not null not valid", "yes"));
        }
        if *no_inherit {
            facts.push(Fact::text("not null no inherit", "yes"));
        }
    }
    let number = u32::try_from(of.number).unwrap_or_default();
    world.comment_fact(class::RELATION, relation.oid, number, &mut facts);
    Access::new(world, relation.owner, of.acl, On::Column, relation.schema).facts(&mut facts);
    facts
}

fn storage(letter: &str) -> &'static str {
    match letter {
        "p" => "plain",
        "e" => "external",
        "m" => "main",
        _ => "extended",
    }
}
