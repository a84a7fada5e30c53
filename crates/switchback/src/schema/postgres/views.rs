//! Views, materialized views and rules.

use super::access::{Access, On};
use super::catalog::class;
use super::make::{bare, comment, object, uses, with_options};
use super::render::What;
use super::tables::defaults;
use super::world::{Relation, World, sorted};
use std::collections::HashMap;
use switchback_plan::quote::ident;
use switchback_plan::schema::{Fact, Index, Kind, Name, Object};

/// Adds them; takes the indexes of materialized views.
pub(super) fn read(world: &World<'_>, indexes: &mut HashMap<u32, Vec<Index>>, objects: &mut Vec<Object>) {
    let defaults = defaults(world);
    for row in &world.catalogs.rules {
        let [oid, name, relation, enabled, token] = row.cells();
        let Some(relation) = world.included(relation.oid()) else { continue };
        let rule = oid.oid();
        if name.text() == "_RETURN" && matches!(relation.kind, 'v' | 'm') {
            let query = world.rendered.get(What::View, rule, token.text());
            let mut indexes = indexes.remove(&relation.oid).unwrap_or_default();
            indexes.sort_by(|a, b| a.name.cmp(&b.name));
            let view = View {
                world,
                relation,
                rule,
                query: bare(query.text(0)).trim_start(),
                indexes,
                defaults: &defaults,
            };
            objects.push(view.object());
        } else {
            let definition = world.rendered.get(What::Rule, rule, token.text());
            objects.push(of_rule(
                world,
                relation,
                rule,
                name.text(),
                enabled.letter(),
                bare(definition.text(0)),
            ));
        }
    }
}

struct View<'w> {
    world: &'w World<'w>,
    relation: &'w Relation<'w>,
    rule: u32,
    query: &'w str,
    indexes: Vec<Index>,
    defaults: &'w HashMap<(u32, i64), String>,
}

impl View<'_> {
    fn object(&self) -> Object {
        let (kind, word) = match self.relation.kind {
            'm' => (Kind::MaterializedView, "MATERIALIZED VIEW"),
            _ => (Kind::View, "VIEW"),
        };
        let name = self.world.relation_name(self.relation.oid);
        let mut object = object(kind, name, self.facts());
        object.definition = self.definition(&object.name, word);
        if self.world.compile {
            object.create = self.create(&object, word);
            object.drop = format!("DROP {word} {}", object.name.sql());
            object.uses = uses(self.world, class::RULE, self.rule, self.relation.oid);
        }
        object
    }

    fn facts(&self) -> Vec<Fact> {
        let (world, relation) = (self.world, self.relation);
        let columns = world.columns_of(relation.oid);
        let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
        let types: Vec<String> = columns.iter().map(|c| format!("{} {}", c.name, c.data_type)).collect();
        let mut facts = vec![
            Fact::structure("columns", names.join(", ")),
            Fact::text("column types", types.join(", ")),
            Fact::text("definition", self.query),
        ];
        if let Some(options) = relation.options {
            facts.push(Fact::structure("options", sorted(options)));
        }
        if relation.kind == 'm' {
            if !relation.populated {
                facts.push(Fact::structure("populated", "no"));
            }
            if let Some(tablespace) = relation.tablespace {
                facts.push(Fact::structure("tablespace", tablespace));
            }
            if !matches!(relation.method, "" | "heap") {
                facts.push(Fact::structure("access method", relation.method));
            }
        }
        for index in &self.indexes {
            let keys: Vec<&str> =
                index.columns.iter().map(|c| c.as_deref().unwrap_or("(expression)")).collect();
            let unique = if index.unique { "unique " } else { "" };
            facts.push(Fact::structure("index", format!("{} {unique}({})", index.name, keys.join(", "))));
            if let Some(predicate) = &index.predicate {
                facts.push(Fact::text("index", format!("{} where {predicate}", index.name)));
            }
            for fact in &index.facts {
                let value = format!("{} {} {}", index.name, fact.property, fact.value);
                facts.push(Fact { property: "index", value, layer: fact.layer });
            }
        }
        for column in columns {
            if let Some(default) = self.defaults.get(&(relation.oid, column.number)) {
                facts.push(Fact::text("column default", format!("{}: {default}", column.name)));
            }
            let number = u32::try_from(column.number).unwrap_or_default();
            if let Some(comment) = world.comment(class::RELATION, relation.oid, number) {
                facts.push(Fact::structure("column comment", format!("{}: {comment}", column.name)));
            }
            if let Some(statistics) = column.statistics {
                facts.push(Fact::structure("statistics target", format!("{}: {statistics}", column.name)));
            }
            let mut grants = Vec::new();
            Access::new(world, relation.owner, column.acl, On::Column, relation.schema).facts(&mut grants);
            facts.extend(
                grants
                    .into_iter()
                    .map(|g| Fact::access("column grants", format!("{}: {}", column.name, g.value))),
            );
        }
        world.comment_fact(class::RELATION, relation.oid, 0, &mut facts);
        Access::new(world, relation.owner, relation.acl, On::Table, relation.schema).facts(&mut facts);
        facts
    }

    fn definition(&self, name: &Name, word: &str) -> String {
        let relation = self.relation;
        let mut text = format!("CREATE {word} {}", name.sql());
        if relation.kind == 'm' {
            // The view's columns may have names of their own; a query says them all.
            if !matches!(relation.method, "" | "heap") {
                text.push_str(&format!(" USING {}", ident(relation.method)));
            }
        }
        text.push_str(&with_options(relation.options));
        if let Some(tablespace) = relation.tablespace {
            text.push_str(&format!(" TABLESPACE {}", ident(tablespace)));
        }
        text.push_str(" AS\n");
        text.push_str(self.query);
        if relation.kind == 'm' {
            text.push_str(if relation.populated { "\nWITH DATA" } else { "\nWITH NO DATA" });
        }
        text
    }

    fn create(&self, object: &Object, word: &str) -> Vec<String> {
        let (world, relation) = (self.world, self.relation);
        let name = object.name.sql();
        let mut create = vec![object.definition.clone()];
        let columns = world.columns_of(relation.oid);
        for column in columns {
            let alter = format!("ALTER {word} {name} ALTER COLUMN {}", ident(column.name));
            if let Some(default) = self.defaults.get(&(relation.oid, column.number)) {
                create.push(format!("{alter} SET DEFAULT {default}"));
            }
            if let Some(statistics) = column.statistics {
                create.push(format!("{alter} SET STATISTICS {statistics}"));
            }
            if let Some(options) = column.options {
                create.push(format!("{alter} SET ({options})"));
            }
        }
        for index in &self.indexes {
            create.push(index.definition.clone());
            for fact in &index.facts {
                match fact.property {
                    "comment" => {
                        let text = switchback_plan::quote::literal(&fact.value);
                        create.push(format!("COMMENT ON INDEX {} IS {text}", index.name.sql()));
                    }
                    "clustered" => {
                        create.push(format!("ALTER {word} {name} CLUSTER ON {}", ident(&index.name.name)));
                    }
                    _ => {}
                }
            }
        }
        create.extend(comment(world, (class::RELATION, relation.oid, 0), &format!("{word} {name}")));
        for column in columns {
            let number = u32::try_from(column.number).unwrap_or_default();
            let what = format!("COLUMN {name}.{}", ident(column.name));
            create.extend(comment(world, (class::RELATION, relation.oid, number), &what));
        }
        let access = Access::new(world, relation.owner, relation.acl, On::Table, relation.schema);
        create.extend(access.statements(word, "TABLE", &name));
        for column in columns {
            let access = Access::new(world, relation.owner, column.acl, On::Column, relation.schema);
            create.extend(access.column_statements(&name, column.name));
        }
        create
    }
}

fn of_rule(
    world: &World<'_>,
    relation: &Relation<'_>,
    oid: u32,
    name: &str,
    enabled: char,
    definition: &str,
) -> Object {
    let mut facts = vec![Fact::text("definition", definition)];
    let table = world.relation_name(relation.oid);
    let mut create = vec![definition.to_owned()];
    if let Some((said, word)) = firing(enabled) {
        facts.push(Fact::structure("enabled", said));
        create.push(format!("ALTER TABLE {} {word} RULE {}", table.sql(), ident(name)));
    }
    world.comment_fact(class::RULE, oid, 0, &mut facts);
    let mut object = object(Kind::Rule, Name::new(name), facts);
    object.definition = definition.to_owned();
    if world.compile {
        let what = format!("RULE {} ON {}", ident(name), table.sql());
        create.extend(comment(world, (class::RULE, oid, 0), &what));
        object.create = create;
        object.drop = format!("DROP {what}");
        object.uses = uses(world, class::RULE, oid, 0);
    }
    object.table = Some(table);
    object
}

/// When a trigger or rule fires, where that is not as usual, and the words that make it so.
pub(super) fn firing(enabled: char) -> Option<(&'static str, &'static str)> {
    match enabled {
        'D' => Some(("no", "DISABLE")),
        'R' => Some(("replica", "ENABLE REPLICA")),
        'A' => Some(("always", "ENABLE ALWAYS")),
        _ => None,
    }
}
