//! `convert_key`: String(36) keys become native UUIDs, with every column that a foreign key ties to them.
//!
//! The whole graph is rewritten once a table, however many keys are converted. What each file is for: `closure` finds
//! the columns, `refuse` names what stands in the way, `notices` what a person should know, `postgres` and `sqlite` write
//! the SQL of both directions, `preflight` has the queries that look at the data before any lock is taken.

mod closure;
mod keep;
mod notices;
mod postgres;
pub mod preflight;
mod query;
mod refuse;
mod rewrite;
pub mod spelling;
mod sqlite;
#[cfg(test)]
mod tests;

pub use closure::{KeyColumn, candidates, closure, declaration};
pub use refuse::refusals;

use super::{Against, Compile, Compiled, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Column, Name, Schema, Table};
use serde::Deserialize;

/// The name of the step that converts.
const CONVERT: &str = "convert_keys";
/// The name of the step behind it: foreign keys are validated, statistics gathered.
const VALIDATE: &str = "validate";
/// The name of the step before it, whose other side validates behind the way down.
const VALIDATE_BACK: &str = "validate_back";

/// Text keys become native UUIDs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvertKey {
    /// The table whose key is converted; with `column`, for one key.
    pub table: Option<String>,
    /// The key.
    pub column: Option<String>,
    /// Several keys at once, instead of `table` and `column`: `["users.id", "tags.id"]`; names may be quoted, `'"my.table"."id"'`.
    #[serde(default)]
    pub keys: Vec<String>,
    /// What the keys become: `uuid`.
    pub to: To,
    /// Every column that a foreign key ties to the keys, transitively.
    #[serde(default)]
    pub references: Vec<String>,
    /// Columns that hold such keys without a foreign key; they are converted too.
    #[serde(default)]
    pub soft_references: Vec<String>,
    /// What to do with upper-case letters, braces, missing hyphens, blanks: `abort`, unless said, or `keep` them aside.
    #[serde(default)]
    pub on_noncanonical: OnNoncanonical,
    /// What to do with values that are no UUID: `abort`, unless said, or `quarantine` their rows and all that hang from them.
    #[serde(default)]
    pub on_invalid: OnInvalid,
    /// What a UUID is on SQLite: `blob` of 16 bytes, unless said, or canonical `text`.
    #[serde(default)]
    pub sqlite: SqliteForm,
}

/// What keys become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum To {
    /// A native UUID.
    #[default]
    Uuid,
}

/// What to do with upper-case letters, braces, missing hyphens and blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnNoncanonical {
    /// The migration is refused.
    #[default]
    Abort,
    /// The spelling is kept aside, so that the way down brings it back.
    Keep,
}

/// What to do with values that are no UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnInvalid {
    /// The migration is refused.
    #[default]
    Abort,
    /// The rows, and all that hang from them, are kept aside, and come back on the way down.
    Quarantine,
}

/// What a UUID is on SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SqliteForm {
    /// A BLOB of 16 bytes.
    #[default]
    Blob,
    /// Canonical lower-case TEXT.
    Text,
}

/// A table that is rewritten, and the columns of it that change.
#[derive(Debug, Clone)]
struct Work<'a> {
    table: &'a Table,
    /// In the order of the table.
    columns: Vec<&'a Column>,
}

/// What a conversion is about: every table once.
#[derive(Debug, Clone)]
struct Graph<'a> {
    schema: &'a Schema,
    /// Sorted by name: the fixed order in which tables are locked.
    tables: Vec<Work<'a>>,
}

impl ConvertKey {
    /// The keys, whichever way they are given.
    ///
    /// # Errors
    /// When they are given in both ways or in none, or one is not `table.column`.
    pub fn keys(&self) -> Result<Vec<KeyColumn>> {
        let wrong = |message: &str| {
            Err(Error::new(ErrorKind::Source, message)
                .hint("write table = \"users\" and column = \"id\", or keys = [\"users.id\", \"tags.id\"]"))
        };
        match (&self.table, &self.column, self.keys.as_slice()) {
            (Some(table), Some(column), []) => Ok(vec![KeyColumn::new(table, column)]),
            (None, None, []) => wrong("`convert_key` names no key"),
            (None, None, keys) => keys.iter().map(|k| KeyColumn::parse(k)).collect(),
            (Some(_), None, []) | (None, Some(_), []) => wrong("`table` and `column` belong together"),
            (_, _, [_, ..]) => wrong("the key is given twice, by `keys` and by `table` and `column`"),
        }
    }

    /// What is wrong with the fields themselves, whatever the schema.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<()> {
        self.keys()?;
        for name in self.references.iter().chain(&self.soft_references) {
            KeyColumn::parse(name)?;
        }
        Ok(())
    }

    /// Every column that is converted, as the file names them: keys, references, soft references.
    ///
    /// # Errors
    /// As [`ConvertKey::validate`].
    pub fn columns(&self) -> Result<Vec<KeyColumn>> {
        let mut columns = self.keys()?;
        for name in self.references.iter().chain(&self.soft_references) {
            let column = KeyColumn::parse(name)?;
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Ok(columns)
    }

    /// Several operations of one migration as one, so that each table is rewritten once.
    ///
    /// # Errors
    /// When they do not agree about what to do with odd values.
    pub fn merge(operations: &[ConvertKey]) -> Result<ConvertKey> {
        let [first, rest @ ..] = operations else { return Ok(ConvertKey::default()) };
        let mut all = ConvertKey { table: None, column: None, ..first.clone() };
        all.keys = first.keys()?.iter().map(ToString::to_string).collect();
        for other in rest {
            if (other.to, other.on_noncanonical, other.on_invalid, other.sqlite)
                != (first.to, first.on_noncanonical, first.on_invalid, first.sqlite)
            {
                return Err(Error::new(
                    ErrorKind::Source,
                    "the `convert_key` operations of a migration differ in `on_noncanonical`, `on_invalid` or `sqlite`",
                )
                .hint("they are one conversion that rewrites each table once: give them the same settings"));
            }
            all.keys.extend(other.keys()?.iter().map(ToString::to_string));
            all.references.extend(other.references.iter().cloned());
            all.soft_references.extend(other.soft_references.iter().cloned());
        }
        // A key of one operation may be a reference of another.
        for list in [&mut all.keys, &mut all.references, &mut all.soft_references] {
            let mut seen = std::collections::BTreeSet::new();
            list.retain(|name| seen.insert(name.clone()));
        }
        let keys = all.keys.clone();
        all.references.retain(|name| !keys.contains(name));
        Ok(all)
    }

    /// The same with every column named as the schema has it, so that dots in names cannot mislead.
    ///
    /// # Errors
    /// As [`ConvertKey::validate`].
    pub fn resolved(&self, schema: &Schema) -> Result<ConvertKey> {
        let all = |names: &[String]| -> Result<Vec<String>> {
            names.iter().map(|name| KeyColumn::resolve(name, schema).map(|k| k.to_string())).collect()
        };
        let keys = match (&self.table, &self.column) {
            (Some(table), Some(column)) if self.keys.is_empty() => {
                let plain = KeyColumn { table: Name::new(table), column: column.clone() };
                let usual = KeyColumn::new(table, column);
                vec![if plain.find(schema).is_some() { plain } else { usual }.to_string()]
            }
            _ => {
                self.keys()?;
                all(&self.keys)?
            }
        };
        let mut references = all(&self.references)?;
        references.retain(|name| !keys.contains(name));
        let soft_references = all(&self.soft_references)?;
        Ok(ConvertKey { table: None, column: None, keys, references, soft_references, ..self.clone() })
    }

    /// The tables and columns that change, when what the file says is what the schema has.
    fn graph<'a>(&self, schema: &'a Schema) -> Result<Graph<'a>> {
        self.validate()?;
        closure::check(self, schema)?;
        let wanted = self.columns()?;
        let mut tables: Vec<Work<'a>> = Vec::new();
        // What a partition has follows from its parent.
        for table in schema.tables.iter().filter(|t| t.fact("partition of").is_none()) {
            let columns: Vec<&Column> = table
                .columns
                .iter()
                .filter(|c| wanted.iter().any(|w| w.is(schema.dialect, &table.name, &c.name)))
                .filter(|c| !closure::is_native(schema.dialect, self.sqlite, table, c))
                .collect();
            if !columns.is_empty() {
                tables.push(Work { table, columns });
            }
        }
        tables.sort_by(|a, b| a.table.name.cmp(&b.table.name));
        let stands: Vec<String> = refuse::of_graph(schema, &tables);
        if !stands.is_empty() {
            return Err(refuse::error(&stands));
        }
        Ok(Graph { schema, tables })
    }
}

impl Compile for ConvertKey {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let this = self.resolved(against.schema)?;
        let graph = this.graph(against.schema)?;
        if graph.tables.is_empty() {
            return Ok(nothing_to_do());
        }
        sqlite::compile(&this, against, &graph)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let this = self.resolved(against.schema)?;
        let graph = this.graph(against.schema)?;
        if graph.tables.is_empty() {
            return Ok(nothing_to_do());
        }
        postgres::compile(&this, against, &graph)
    }
}

impl Work<'_> {
    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c.name == column)
    }
}

/// All keys are native: steps that pass every command and change nothing.
fn nothing_to_do() -> Compiled {
    let comment = || vec!["-- Every key is a native UUID already: nothing is to be done.".to_owned()];
    Compiled {
        up: vec![Part::transaction(CONVERT, comment())],
        down: vec![Part::transaction(CONVERT, comment())],
        notices: vec!["every key is a native UUID already, so this migration changes nothing".to_owned()],
    }
}
