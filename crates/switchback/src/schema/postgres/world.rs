//! What every kind of object needs to know: which schemas are read, what the oids are called, who the user is.

use super::access::DefaultGrants;
use super::catalog::{Catalogs, Row, class};
use super::render::Rendered;
use crate::schema::{Depth, Scope};
use std::collections::{HashMap, HashSet};
use switchback_plan::schema::{Fact, Name};

/// The tables in which a history is kept, and columns that tell them from others of that name.
const OWN: [(&str, &[&str]); 4] = [
    ("refinery_schema_history", &["version", "name", "applied_on", "checksum"]),
    ("switchback_journal", &["id", "event", "prev", "hash"]),
    ("switchback_progress", &["version", "token"]),
    ("switchback_undo", &["version", "up_sha256", "down_sha256"]),
];

/// The class and oid of what something needs, and the number of a column or 0.
pub(super) type Need = (u32, u32, i64);

/// What things are called: of a class, oid and number of a column, the schema and the name.
pub(super) type Names = HashMap<Need, (u32, String)>;

/// A row of pg_class.
pub(super) struct Relation<'r> {
    pub oid: u32,
    pub name: &'r str,
    pub schema: u32,
    pub kind: char,
    pub persistence: char,
    pub owner: &'r str,
    pub acl: Option<&'r str>,
    pub options: Option<&'r str>,
    pub toast_options: Option<&'r str>,
    pub tablespace: Option<&'r str>,
    pub of_type: Option<&'r str>,
    pub method: &'r str,
    pub row_security: bool,
    pub forced_row_security: bool,
    pub replica_identity: char,
    pub is_partition: bool,
    pub populated: bool,
    pub token: &'r str,
}

/// A column of pg_attribute.
pub(super) struct Attribute<'r> {
    pub number: i64,
    pub name: &'r str,
    pub data_type: &'r str,
    pub not_null: bool,
    pub identity: char,
    pub generated: char,
    pub collation_oid: u32,
    /// Where it is not the type's own.
    pub collation: Option<&'r str>,
    pub storage: Option<&'r str>,
    pub compression: Option<&'r str>,
    pub statistics: Option<&'r str>,
    pub options: Option<&'r str>,
    pub acl: Option<&'r str>,
    pub foreign_options: Option<&'r str>,
    pub local: bool,
}

/// Everything that is read, by oid.
pub(super) struct World<'r> {
    pub catalogs: &'r Catalogs,
    /// Set once it is known what still holds.
    pub rendered: Rendered,
    pub compile: bool,
    pub major: u32,
    /// The user whose objects need no owner.
    pub user: &'r str,
    pub default_grants: DefaultGrants,
    pub relations: HashMap<u32, Relation<'r>>,
    pub columns: HashMap<u32, Vec<Attribute<'r>>>,
    functions: HashMap<u32, Name>,
    schemas: HashMap<u32, &'r str>,
    current: Option<&'r str>,
    scope: &'r Scope,
    own_schema: &'r str,
    comments: HashMap<(u32, u32, u32), &'r str>,
    members: HashSet<(u32, u32)>,
    depends: HashMap<(u32, u32), Vec<Need>>,
}

impl<'r> World<'r> {
    pub fn new(
        catalogs: &'r Catalogs,
        depends: &'r [Row],
        (scope, depth): (&'r Scope, Depth),
        (own_schema, version): (&'r str, u32),
    ) -> World<'r> {
        let (current, user) = match catalogs.session.first() {
            Some(row) => {
                let [current, user] = row.cells();
                (current.opt(), user.text())
            }
            None => (None, ""),
        };
        let schemas: HashMap<u32, &str> = catalogs
            .schemas
            .iter()
            .map(|row| {
                let [oid, name] = row.cells();
                (oid.oid(), name.text())
            })
            .collect();
        let mut world = World {
            catalogs,
            rendered: Rendered::default(),
            compile: depth == Depth::Compile,
            major: version / 10_000,
            user,
            default_grants: DefaultGrants::new(catalogs, user),
            relations: relations(&catalogs.relations),
            columns: columns(&catalogs.columns),
            functions: HashMap::new(),
            schemas,
            current,
            scope,
            own_schema,
            comments: HashMap::new(),
            members: HashSet::new(),
            depends: HashMap::new(),
        };
        for row in &catalogs.comments {
            let [class, oid, sub, text] = row.cells();
            world.comments.insert((class.oid(), oid.oid(), sub.oid()), text.text());
        }
        for row in &catalogs.members {
            let [class, oid] = row.cells();
            world.members.insert((class.oid(), oid.oid()));
        }
        for row in &catalogs.functions {
            let [oid, name, schema, _, _, _, _, _, _, _, _, _, _, _, _, arguments] = row.cells();
            let name = format!("{}({})", name.text(), arguments.text());
            let name = world.name(schema.oid(), &name);
            world.functions.insert(oid.oid(), name);
        }
        for row in depends {
            let [class, oid, other_class, other, column] = row.cells();
            let needs = (other_class.oid(), other.oid(), column.number());
            world.depends.entry((class.oid(), oid.oid())).or_default().push(needs);
        }
        world
    }

    /// The name of something in that schema.
    pub fn name(&self, schema: u32, name: &str) -> Name {
        match self.schemas.get(&schema) {
            Some(schema) if self.current != Some(*schema) => Name::within(*schema, name),
            Some(_) | None => Name::new(name),
        }
    }

    /// The name of a table, view, index or sequence.
    pub fn relation_name(&self, oid: u32) -> Name {
        match self.relations.get(&oid) {
            Some(relation) => self.name(relation.schema, relation.name),
            None => Name::new(oid.to_string()),
        }
    }

    /// The name of a function, with its types.
    pub fn function_name(&self, oid: u32) -> Option<&Name> {
        self.functions.get(&oid)
    }

    /// The name of a schema.
    pub fn schema_name(&self, oid: u32) -> Option<&'r str> {
        self.schemas.get(&oid).copied()
    }

    pub fn is_current(&self, schema: &str) -> bool {
        self.current == Some(schema)
    }

    /// Whether what is in no schema is read.
    pub fn whole_database(&self) -> bool {
        *self.scope == Scope::All
    }

    /// Whether what is in that schema is read.
    pub fn includes_schema(&self, oid: u32) -> bool {
        let Some(schema) = self.schemas.get(&oid) else { return false };
        match self.scope {
            Scope::All => true,
            Scope::Schemas(names) => self.is_current(schema) || names.iter().any(|n| n == schema),
        }
    }

    /// Whether an object of that schema is read: no extension's.
    pub fn includes(&self, class: u32, oid: u32, schema: u32) -> bool {
        self.includes_schema(schema) && !self.is_member(class, oid)
    }

    pub fn is_member(&self, class: u32, oid: u32) -> bool {
        self.members.contains(&(class, oid))
    }

    /// The relation, where it is read.
    pub fn included(&self, oid: u32) -> Option<&Relation<'r>> {
        let relation = self.relations.get(&oid)?;
        let reads = self.includes(class::RELATION, oid, relation.schema) && !self.is_own(relation);
        reads.then_some(relation)
    }

    /// Whether it is one of the tables in which a history is kept: ours, or in another schema that of another set.
    pub fn is_own(&self, relation: &Relation<'_>) -> bool {
        let Some((_, columns)) = OWN.iter().find(|(name, _)| *name == relation.name) else { return false };
        let there = self.columns_of(relation.oid);
        matches!(relation.kind, 'r' | 'p')
            && (self.schema_name(relation.schema) == Some(self.own_schema)
                || columns.iter().all(|column| there.iter().any(|c| c.name == *column)))
    }

    /// Whether that schema was made for our tables.
    pub fn is_for_own_tables(&self, oid: u32) -> bool {
        let mut there =
            self.relations.values().filter(|r| r.schema == oid && matches!(r.kind, 'r' | 'p' | 'v' | 'm'));
        self.schema_name(oid) == Some(self.own_schema)
            && !self.is_current(self.own_schema)
            && self.own_schema != "public"
            && there.all(|r| self.is_own(r))
    }

    /// The columns of a table or view, in order.
    pub fn columns_of(&self, relation: u32) -> &[Attribute<'r>] {
        self.columns.get(&relation).map_or(&[], Vec::as_slice)
    }

    /// The name of a column.
    pub fn column(&self, relation: u32, number: i64) -> Option<&'r str> {
        self.columns_of(relation).iter().find(|c| c.number == number).map(|c| c.name)
    }

    /// The names of columns, in the order of their numbers in the list.
    pub fn column_names(&self, relation: u32, numbers: &[i64]) -> Vec<String> {
        numbers.iter().filter_map(|n| self.column(relation, *n)).map(str::to_owned).collect()
    }

    pub fn comment(&self, class: u32, oid: u32, sub: u32) -> Option<&'r str> {
        self.comments.get(&(class, oid, sub)).copied()
    }

    pub fn comment_fact(&self, class: u32, oid: u32, sub: u32, facts: &mut Vec<Fact>) {
        if let Some(comment) = self.comment(class, oid, sub) {
            facts.push(Fact::structure("comment", comment));
        }
    }

    /// What an object needs.
    pub fn needs(&self, class: u32, oid: u32) -> &[Need] {
        self.depends.get(&(class, oid)).map_or(&[], Vec::as_slice)
    }

    /// What everything that can be renamed is called, with its schema. Texts that were rendered before hold as long as
    /// it is the same.
    pub fn all_names(&self) -> Names {
        let mut names = Names::new();
        for (oid, schema) in &self.schemas {
            names.insert((class::SCHEMA, *oid, 0), (0, (*schema).to_owned()));
        }
        for relation in self.relations.values() {
            names.insert((class::RELATION, relation.oid, 0), (relation.schema, relation.name.to_owned()));
        }
        for (relation, columns) in &self.columns {
            for column in columns {
                names.insert((class::RELATION, *relation, column.number), (0, column.name.to_owned()));
            }
        }
        for (class, rows) in [
            (class::FUNCTION, &self.catalogs.functions),
            (class::TYPE, &self.catalogs.types),
            (class::COLLATION, &self.catalogs.collations),
            (class::OPERATOR, &self.catalogs.operators),
        ] {
            for row in rows {
                let [oid, name, schema] = row.cells();
                names.insert((class, oid.oid(), 0), (schema.oid(), name.text().to_owned()));
            }
        }
        for row in &self.catalogs.labels {
            let [oid, _, label] = row.cells();
            names.insert((class::LABEL, oid.oid(), 0), (0, label.text().to_owned()));
        }
        for row in &self.catalogs.others {
            let [class, oid, schema, _, name] = row.cells();
            names.insert((class.oid(), oid.oid(), 0), (schema.oid(), name.text().to_owned()));
        }
        names
    }
}

fn relations(rows: &[Row]) -> HashMap<u32, Relation<'_>> {
    let relation = |row| {
        let row: &Row = row;
        let [
            oid,
            name,
            schema,
            kind,
            persistence,
            owner,
            acl,
            options,
            toast_options,
            tablespace,
            of_type,
            method,
            row_security,
            forced_row_security,
            replica_identity,
            is_partition,
            populated,
            token,
        ] = row.cells();
        let relation = Relation {
            oid: oid.oid(),
            name: name.text(),
            schema: schema.oid(),
            kind: kind.letter(),
            persistence: persistence.letter(),
            owner: owner.text(),
            acl: acl.opt(),
            options: options.opt(),
            toast_options: toast_options.opt(),
            tablespace: tablespace.opt(),
            of_type: of_type.opt(),
            method: method.text(),
            row_security: row_security.flag(),
            forced_row_security: forced_row_security.flag(),
            replica_identity: replica_identity.letter(),
            is_partition: is_partition.flag(),
            populated: populated.flag(),
            token: token.text(),
        };
        (relation.oid, relation)
    };
    rows.iter().map(relation).collect()
}

fn columns(rows: &[Row]) -> HashMap<u32, Vec<Attribute<'_>>> {
    let mut columns: HashMap<u32, Vec<Attribute<'_>>> = HashMap::new();
    for row in rows {
        let [
            relation,
            number,
            name,
            data_type,
            not_null,
            identity,
            generated,
            collation_oid,
            collation,
            storage,
            compression,
            statistics,
            options,
            acl,
            foreign_options,
            local,
        ] = row.cells();
        columns.entry(relation.oid()).or_default().push(Attribute {
            number: number.number(),
            name: name.text(),
            data_type: data_type.text(),
            not_null: not_null.flag(),
            identity: identity.letter(),
            generated: generated.letter(),
            collation_oid: collation_oid.oid(),
            collation: collation.opt(),
            storage: storage.opt(),
            compression: compression.opt(),
            statistics: statistics.opt(),
            options: options.opt(),
            acl: acl.opt(),
            foreign_options: foreign_options.opt(),
            local: local.flag(),
        });
    }
    columns
}

/// Options as people write them, sorted: `fillfactor=70, autovacuum_enabled=false`.
pub(super) fn sorted(options: &str) -> String {
    let mut options: Vec<&str> = options.lines().collect();
    options.sort_unstable();
    options.join(", ")
}
