//! What a schema is: plain data that an engine reads, and that is compared and fingerprinted here.
//!
//! A [`Schema`] holds what people mean by one, whatever the white space and comments of the SQL that made it. Tables,
//! columns, constraints and indexes are typed, because operations look into them; everything else (views, functions,
//! triggers, sequences, types, policies, …) is an [`Object`]: a kind, a name, a definition and facts.

mod facts;
mod fingerprint;
mod name;
#[cfg(test)]
mod tests;

pub use facts::{Difference, Entry, differences, only_column_order};
pub use fingerprint::Fingerprint;
pub use name::Name;

use crate::model::Dialect;

/// How the names of tables begin that a migration keeps rows or values in for its way down.
pub const KEPT: &str = "switchback_kept_";

/// What the current schema is called among the objects: names are relative.
pub const CURRENT: &str = "(current)";

/// The schema of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Whose.
    pub dialect: Dialect,
    /// Sorted by name. Tables that keep the history are not among them; what was kept aside
    /// (`switchback_kept_…`) is.
    pub tables: Vec<Table>,
    /// Everything that is no table, column, constraint or index; sorted by kind, table and name (SQLite: the triggers of
    /// a table in the order in which they were made, in which they also fire).
    pub objects: Vec<Object>,
}

impl Schema {
    /// A schema without anything.
    pub fn empty(dialect: Dialect) -> Schema {
        Schema { dialect, tables: Vec::new(), objects: Vec::new() }
    }

    /// The same without what migrations keep aside for their way down (`switchback_kept_…`), which may be purged at any
    /// time, and without settings of roles, which belong to the whole server: what a fingerprint is made of.
    #[must_use]
    pub fn without_kept(mut self) -> Schema {
        let kept = |name: &Name| name.name.starts_with(KEPT);
        self.tables.retain(|t| !kept(&t.name));
        self.objects
            .retain(|o| o.kind != Kind::RoleSetting && !kept(&o.name) && !o.table.as_ref().is_some_and(kept));
        self
    }

    /// What is in the current schema and in these, and of what is in no schema (extensions, publications, event triggers,
    /// casts, servers, settings, SQLite's pragmas) what is named: others may keep theirs in the same database, so it is not what migrations are held
    /// to once they are applied.
    #[must_use]
    pub fn within(mut self, schemas: &[String], shared: &[String]) -> Schema {
        let inside = |name: &Name| name.schema.as_ref().is_none_or(|s| schemas.contains(s));
        self.tables.retain(|t| inside(&t.name));
        self.objects.retain(|o| match o.kind {
            _ if o.is_database_wide() => shared.contains(&o.label()),
            Kind::Schema => o.name.name == CURRENT || schemas.contains(&o.name.name),
            _ => inside(&o.name) && o.table.as_ref().is_none_or(inside),
        });
        self
    }

    /// What is in no schema: `extension citext`, sorted.
    pub fn shared(&self) -> Vec<String> {
        let mut labels: Vec<String> =
            self.objects.iter().filter(|o| o.is_database_wide()).map(Object::label).collect();
        labels.sort();
        labels
    }

    /// The schemas besides the current one that are there or hold something, sorted.
    pub fn others(&self) -> Vec<String> {
        let tables = self.tables.iter().map(|t| &t.name);
        let objects = self.objects.iter().map(|o| &o.name);
        let schemas = self.objects.iter().filter(|o| o.kind == Kind::Schema && o.name.name != CURRENT);
        let mut names: Vec<String> = tables.chain(objects).filter_map(|n| n.schema.clone()).collect();
        names.extend(schemas.map(|o| o.name.name.clone()));
        names.sort();
        names.dedup();
        names
    }

    /// The table of that name.
    pub fn table(&self, name: &Name) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == *name)
    }

    /// The foreign keys that refer to that table, its own among them, each with the table that has it.
    pub fn referring(&self, name: &Name) -> impl Iterator<Item = (&Table, &Constraint)> {
        self.tables.iter().flat_map(move |t| {
            t.constraints
                .iter()
                .filter(move |c| c.references.as_ref().is_some_and(|r| r.table == *name))
                .map(move |c| (t, c))
        })
    }
}

/// A table; on PostgreSQL partitioned and foreign tables too, on SQLite virtual ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// In their order.
    pub columns: Vec<Column>,
    /// Sorted by kind, then name (SQLite: in the order of the text, for most have no name).
    pub constraints: Vec<Constraint>,
    /// Sorted by name; those that a constraint made are told by [`Index::constraint`].
    pub indexes: Vec<Index>,
    /// SQLite: the stored `CREATE TABLE`, byte for byte. PostgreSQL: empty. Not compared: `facts` say what counts.
    pub definition: String,
    /// What else is compared: STRICT, WITHOUT ROWID, AUTOINCREMENT, persistence, partitioning, row-level security,
    /// replica identity, storage parameters, comment, owner, grants, …
    pub facts: Vec<Fact>,
}

impl Table {
    /// The column of that name (SQLite: whatever the case, as SQLite itself sees it).
    pub fn column(&self, name: &str, dialect: Dialect) -> Option<&Column> {
        self.columns.iter().find(|c| match dialect {
            Dialect::Sqlite => c.name.eq_ignore_ascii_case(name),
            Dialect::Postgres => c.name == name,
        })
    }

    /// The primary key, where there is one.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|c| c.kind == ConstraintKind::PrimaryKey)
    }

    /// What a fact says.
    pub fn fact(&self, property: &str) -> Option<&str> {
        self.facts.iter().find(|f| f.property == property).map(|f| f.value.as_str())
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// As the engine writes it: `character varying(36)`, `uuid`; SQLite: as declared, white space normalised, may be
    /// empty.
    pub data_type: String,
    /// NOT NULL (of a primary key too).
    pub not_null: bool,
    /// The default's expression, as the engine writes it.
    pub default: Option<String>,
    /// GENERATED ALWAYS AS.
    pub generated: Option<Generated>,
    /// PostgreSQL: GENERATED … AS IDENTITY.
    pub identity: Option<Identity>,
    /// Where it is not the type's own.
    pub collation: Option<String>,
    /// What else is compared: comment, storage, compression, statistics target, grants, …
    pub facts: Vec<Fact>,
}

/// A generated column's expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// As the engine writes it.
    pub expression: String,
    /// STORED, else VIRTUAL.
    pub stored: bool,
}

/// Whose word counts for an identity column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// GENERATED ALWAYS.
    Always,
    /// GENERATED BY DEFAULT.
    ByDefault,
}

/// What a constraint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    PrimaryKey,
    /// UNIQUE.
    Unique,
    /// FOREIGN KEY.
    ForeignKey,
    /// CHECK.
    Check,
    /// EXCLUDE (PostgreSQL).
    Exclusion,
    /// A constraint trigger (PostgreSQL).
    Trigger,
}

impl ConstraintKind {
    /// As people say it: `primary key`.
    pub fn as_str(self) -> &'static str {
        match self {
            ConstraintKind::PrimaryKey => "primary key",
            ConstraintKind::Unique => "unique constraint",
            ConstraintKind::ForeignKey => "foreign key",
            ConstraintKind::Check => "check",
            ConstraintKind::Exclusion => "exclusion constraint",
            ConstraintKind::Trigger => "constraint trigger",
        }
    }
}

/// A constraint of a table. NOT NULL is a column's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Its name; on SQLite only where the text gives one.
    pub name: Option<String>,
    /// What it is.
    pub kind: ConstraintKind,
    /// The columns that it is about, in its order (of a CHECK: those that it mentions, sorted).
    pub columns: Vec<String>,
    /// What a foreign key refers to.
    pub references: Option<References>,
    /// PostgreSQL: `pg_get_constraintdef`, which says all there is to say (also DEFERRABLE and NOT VALID). SQLite: as
    /// a constraint of the table says it, without its name, also where it is a column's own.
    pub definition: String,
    /// False where it is NOT VALID.
    pub validated: bool,
    /// What else is compared: comment, deferrability, tablespace, …
    pub facts: Vec<Fact>,
}

/// The other side of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    /// The table.
    pub table: Name,
    /// Its columns; never empty, also where the text leaves them out.
    pub columns: Vec<String>,
    /// `NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL` or `SET DEFAULT`.
    pub on_delete: String,
    /// The same words.
    pub on_update: String,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// Its name.
    pub name: Name,
    /// UNIQUE.
    pub unique: bool,
    /// False where it is INVALID (PostgreSQL).
    pub valid: bool,
    /// The keys in order: a column, or `None` for an expression.
    pub columns: Vec<Option<String>>,
    /// All columns that it mentions anywhere (keys, expressions, INCLUDE, predicate), sorted.
    pub mentions: Vec<String>,
    /// PARTIAL: the WHERE clause, as the engine writes it.
    pub predicate: Option<String>,
    /// The constraint that made it, by name (SQLite: empty for an automatic index).
    pub constraint: Option<String>,
    /// PostgreSQL: `pg_get_indexdef`. SQLite: the stored text, byte for byte; empty for an automatic one. Not compared:
    /// a fact `definition` holds the normalised text.
    pub definition: String,
    /// What else is compared: method, operator classes, directions and collations of keys, storage parameters, comment,
    /// whether it is the CLUSTER or REPLICA IDENTITY index, …
    pub facts: Vec<Fact>,
}

impl Index {
    /// What a fact says.
    pub fn fact(&self, property: &str) -> Option<&str> {
        self.facts.iter().find(|f| f.property == property).map(|f| f.value.as_str())
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the engine's own word")]
pub enum Kind {
    Schema,
    Extension,
    Collation,
    Type,
    Domain,
    Sequence,
    Function,
    Aggregate,
    Operator,
    Cast,
    View,
    MaterializedView,
    Rule,
    Trigger,
    Policy,
    Statistics,
    EventTrigger,
    Publication,
    DefaultPrivileges,
    Language,
    AccessMethod,
    ForeignDataWrapper,
    Server,
    UserMapping,
    Setting,
    RoleSetting,
    Pragma,
    Other,
}

impl Kind {
    /// As people say it: `materialized view`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Schema => "schema",
            Kind::Extension => "extension",
            Kind::Collation => "collation",
            Kind::Type => "type",
            Kind::Domain => "domain",
            Kind::Sequence => "sequence",
            Kind::Function => "function",
            Kind::Aggregate => "aggregate",
            Kind::Operator => "operator",
            Kind::Cast => "cast",
            Kind::View => "view",
            Kind::MaterializedView => "materialized view",
            Kind::Rule => "rule",
            Kind::Trigger => "trigger",
            Kind::Policy => "policy",
            Kind::Statistics => "statistics",
            Kind::EventTrigger => "event trigger",
            Kind::Publication => "publication",
            Kind::DefaultPrivileges => "default privileges",
            Kind::Language => "language",
            Kind::AccessMethod => "access method",
            Kind::ForeignDataWrapper => "foreign data wrapper",
            Kind::Server => "server",
            Kind::UserMapping => "user mapping",
            Kind::Setting | Kind::RoleSetting => "setting",
            Kind::Pragma => "pragma",
            Kind::Other => "object",
        }
    }
}

/// Anything that is no table, column, constraint or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its name; of a function with the types of its arguments: `add(integer, integer)`.
    pub name: Name,
    /// The table or view that it belongs to (triggers, policies, rules).
    pub table: Option<Name>,
    /// What makes it, as the engine writes it (SQLite: the stored text, byte for byte). Not compared: a fact
    /// `definition` holds the normalised text.
    pub definition: String,
    /// What else is compared: volatility, enum labels, owner, grants, comment, …
    pub facts: Vec<Fact>,
    /// The statements, without semicolons, that make it again as it is: owner, grants and comments included. Filled only
    /// where the schema was read for compiling.
    pub create: Vec<String>,
    /// The statement that drops it, and nothing else. Filled as `create` is.
    pub drop: String,
    /// The tables, columns, views and functions that it is made of. Filled as `create` is.
    pub uses: Vec<Use>,
}

impl Object {
    /// What it is and its name: `extension citext`.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.as_str(), self.name)
    }

    /// Whether it is in no schema, but in the database.
    pub fn is_database_wide(&self) -> bool {
        match self.kind {
            Kind::Extension
            | Kind::Cast
            | Kind::EventTrigger
            | Kind::Publication
            | Kind::Language
            | Kind::AccessMethod
            | Kind::ForeignDataWrapper
            | Kind::Server
            | Kind::UserMapping
            | Kind::Setting
            | Kind::RoleSetting
            | Kind::Pragma => true,
            // `tables in audit`
            Kind::DefaultPrivileges => self.name.name.split(' ').nth(1) != Some("in"),
            Kind::Schema
            | Kind::Collation
            | Kind::Type
            | Kind::Domain
            | Kind::Sequence
            | Kind::Function
            | Kind::Aggregate
            | Kind::Operator
            | Kind::View
            | Kind::MaterializedView
            | Kind::Rule
            | Kind::Trigger
            | Kind::Policy
            | Kind::Statistics
            | Kind::Other => false,
        }
    }
}

/// A column, or a whole object, that something depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use {
    /// A table, view or function.
    pub name: Name,
    /// A column of it; `None` for the whole.
    pub column: Option<String>,
}

/// Something that is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// `comment`, `owner`, `strict`, …
    pub property: &'static str,
    /// Its value; a property that is absent has no fact at all.
    pub value: String,
    /// Which fingerprint it belongs to.
    pub layer: Layer,
}

impl Fact {
    /// A fact of structure.
    pub fn structure(property: &'static str, value: impl Into<String>) -> Fact {
        Fact { property, value: value.into(), layer: Layer::Structure }
    }

    /// A fact of text.
    pub fn text(property: &'static str, value: impl Into<String>) -> Fact {
        Fact { property, value: value.into(), layer: Layer::Text }
    }

    /// A fact of access.
    pub fn access(property: &'static str, value: impl Into<String>) -> Fact {
        Fact { property, value: value.into(), layer: Layer::Access }
    }
}

/// Which fingerprint a fact belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The same on every major version of the server: tables, columns, types, keys, columns of indexes, names.
    Structure,
    /// What the server renders, differently from major to major: defaults, checks, bodies.
    Text,
    /// Owners and grants; absent where they are what a fresh object of the session's own user has.
    Access,
}
