//! A schema as a sorted list of facts, and what differs between two.

use super::{Column, Constraint, Fact, Identity, Index, Kind, Layer, Object, Schema, Table};
use serde::Serialize;
use std::collections::BTreeMap;

/// One fact about one object: what is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// `column users.email`, `index users_email_key`, `view active_users`.
    pub object: String,
    /// `type`, `default`, …; empty for the object's being there.
    pub property: &'static str,
    /// Its value.
    pub value: String,
    /// Which fingerprint it belongs to.
    pub layer: Layer,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `column users.email: default`, or `column users.email` where one side has none of it.
    pub object: String,
    /// What it was; `None` where it was not there.
    pub before: Option<String>,
    /// What it is; `None` where it is gone.
    pub after: Option<String>,
}

const COLUMN_ORDER: &str = "order of columns";

impl Schema {
    /// All facts, sorted.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for table in &self.tables {
            of_table(table, &mut entries);
        }
        for object in &self.objects {
            of_object(object, &mut entries);
        }
        entries.sort();
        entries
    }
}

/// Collects the facts of one object.
struct Facts<'e> {
    object: String,
    entries: &'e mut Vec<Entry>,
}

impl<'e> Facts<'e> {
    fn new(object: String, entries: &'e mut Vec<Entry>) -> Facts<'e> {
        Facts::of(object, Layer::Structure, entries)
    }

    /// Something whose being there is a fact of that layer.
    fn of(object: String, layer: Layer, entries: &'e mut Vec<Entry>) -> Facts<'e> {
        let mut facts = Facts { object, entries };
        facts.add("", "", layer);
        facts
    }

    fn add(&mut self, property: &'static str, value: impl Into<String>, layer: Layer) {
        let entry = Entry { object: self.object.clone(), property, value: value.into(), layer };
        self.entries.push(entry);
    }

    fn flag(&mut self, property: &'static str, set: bool) {
        if set {
            self.add(property, "yes", Layer::Structure);
        }
    }

    fn others(&mut self, facts: &[Fact]) {
        for fact in facts {
            self.add(fact.property, &*fact.value, fact.layer);
        }
    }
}

fn of_table(table: &Table, entries: &mut Vec<Entry>) {
    let mut facts = Facts::new(format!("table {}", table.name), entries);
    let order: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    facts.add(COLUMN_ORDER, order.join(", "), Layer::Structure);
    facts.others(&table.facts);
    for column in &table.columns {
        of_column(table, column, entries);
    }
    for constraint in &table.constraints {
        of_constraint(table, constraint, entries);
    }
    for index in &table.indexes {
        of_index(index, entries);
    }
}

fn of_column(table: &Table, column: &Column, entries: &mut Vec<Entry>) {
    let mut facts = Facts::new(format!("column {}.{}", table.name, column.name), entries);
    facts.add("type", &*column.data_type, Layer::Structure);
    facts.flag("not null", column.not_null);
    if let Some(default) = &column.default {
        facts.add("default", &**default, Layer::Text);
    }
    if let Some(generated) = &column.generated {
        facts.add("generated", if generated.stored { "stored" } else { "virtual" }, Layer::Structure);
        facts.add("generated as", &*generated.expression, Layer::Text);
    }
    match column.identity {
        Some(Identity::Always) => facts.add("identity", "always", Layer::Structure),
        Some(Identity::ByDefault) => facts.add("identity", "by default", Layer::Structure),
        None => {}
    }
    if let Some(collation) = &column.collation {
        facts.add("collation", &**collation, Layer::Structure);
    }
    facts.others(&column.facts);
}

fn of_constraint(table: &Table, constraint: &Constraint, entries: &mut Vec<Entry>) {
    // What has no name is told apart by what it says.
    let name = match &constraint.name {
        Some(name) => format!("{} {} on {}", constraint.kind.as_str(), name, table.name),
        None => format!("{} {} on {}", constraint.kind.as_str(), constraint.definition, table.name),
    };
    let mut facts = Facts::new(name, entries);
    facts.add("columns", constraint.columns.join(", "), Layer::Structure);
    if let Some(references) = &constraint.references {
        let other = format!("{} ({})", references.table, references.columns.join(", "));
        facts.add("references", other, Layer::Structure);
        facts.add("on delete", &*references.on_delete, Layer::Structure);
        facts.add("on update", &*references.on_update, Layer::Structure);
    }
    facts.flag("not valid", !constraint.validated);
    facts.add("definition", &*constraint.definition, Layer::Text);
    facts.others(&constraint.facts);
}

fn of_index(index: &Index, entries: &mut Vec<Entry>) {
    // A constraint's automatic index says nothing that the constraint does not say.
    if index.constraint.as_deref() == Some("") {
        return;
    }
    let mut facts = Facts::new(format!("index {}", index.name), entries);
    facts.flag("unique", index.unique);
    facts.flag("invalid", !index.valid);
    let keys: Vec<&str> = index.columns.iter().map(|c| c.as_deref().unwrap_or("(expression)")).collect();
    facts.add("columns", keys.join(", "), Layer::Structure);
    if let Some(predicate) = &index.predicate {
        facts.add("where", &**predicate, Layer::Text);
    }
    facts.others(&index.facts);
}

fn of_object(object: &Object, entries: &mut Vec<Entry>) {
    let mut name = object.label();
    if let Some(table) = &object.table {
        name.push_str(&format!(" on {table}"));
    }
    // They are nothing but grants.
    let layer = if object.kind == Kind::DefaultPrivileges { Layer::Access } else { Layer::Structure };
    let mut facts = Facts::of(name, layer, entries);
    facts.others(&object.facts);
}

/// What differs between two schemas in those layers, object by object.
pub fn differences(before: &Schema, after: &Schema, layers: &[Layer]) -> Vec<Difference> {
    if before == after {
        return Vec::new();
    }
    let before = by_object(before, layers);
    let after = by_object(after, layers);
    let mut found = Vec::new();
    for (object, was) in &before {
        match after.get(object) {
            None => found.push(Difference { object: object.clone(), before: Some(whole(was)), after: None }),
            Some(is) => changed(object, was, is, &mut found),
        }
    }
    for (object, is) in &after {
        if !before.contains_key(object) {
            found.push(Difference { object: object.clone(), before: None, after: Some(whole(is)) });
        }
    }
    found.sort_by(|a, b| a.object.cmp(&b.object));
    found
}

/// Whether all that differs is the order of columns.
pub fn only_column_order(differences: &[Difference]) -> bool {
    let suffix = format!(": {COLUMN_ORDER}");
    !differences.is_empty()
        && differences.iter().all(|d| {
            let sorted = |order: &Option<String>| {
                let mut names: Vec<String> =
                    order.iter().flat_map(|o| o.split(", ")).map(str::to_owned).collect();
                names.sort();
                names
            };
            d.object.ends_with(&suffix) && sorted(&d.before) == sorted(&d.after)
        })
}

/// The facts of each object: property and value. The same property may occur more than once.
type ByObject = BTreeMap<String, Vec<(&'static str, String)>>;

fn by_object(schema: &Schema, layers: &[Layer]) -> ByObject {
    let mut objects = ByObject::new();
    for entry in schema.entries() {
        if layers.contains(&entry.layer) {
            objects.entry(entry.object).or_default().push((entry.property, entry.value));
        }
    }
    objects
}

/// An object in a line: `type text, not null`.
fn whole(facts: &[(&'static str, String)]) -> String {
    let said: Vec<String> = facts
        .iter()
        // What is new as a whole has its columns in some order.
        .filter(|(property, _)| !property.is_empty() && *property != COLUMN_ORDER)
        .map(|(property, value)| match value.as_str() {
            "yes" => (*property).to_owned(),
            "" => format!("no {property}"),
            value => format!("{property} {value}"),
        })
        .collect();
    if said.is_empty() { "present".to_owned() } else { said.join(", ") }
}

fn changed(
    object: &str,
    was: &[(&'static str, String)],
    is: &[(&'static str, String)],
    found: &mut Vec<Difference>,
) {
    let values = |facts: &[(&'static str, String)], property: &str| -> Vec<String> {
        facts.iter().filter(|(p, _)| *p == property).map(|(_, v)| v.clone()).collect()
    };
    let mut properties: Vec<&'static str> = was.iter().chain(is).map(|(p, _)| *p).collect();
    properties.sort_unstable();
    properties.dedup();
    for property in properties {
        let (old, new) = (values(was, property), values(is, property));
        if old != new {
            let said = |values: Vec<String>| match values.join("; ") {
                _ if values.is_empty() => None,
                empty if empty.is_empty() => Some("none".to_owned()),
                all => Some(all),
            };
            found.push(Difference {
                object: if property.is_empty() { object.to_owned() } else { format!("{object}: {property}") },
                before: said(old),
                after: said(new),
            });
        }
    }
}
