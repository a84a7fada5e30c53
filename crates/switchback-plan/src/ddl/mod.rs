//! SQLite's stored texts: reading and editing a `CREATE TABLE`, and rebuilding a table.
//!
//! SQLite keeps a schema as the text that made it, and changes little of it by ALTER. What it cannot change is edited
//! here: the tokens that mean a thing are found, and replaced in the stored text, so that every other byte (comments,
//! layout, quoting) stays. The text is parsed before and after by `sqlite3-parser`; what came out must differ from what
//! went in by just what was meant. The parser's own tree has no places and loses comments, so that the places are read
//! from its tokens, and held against the tree.

mod check;
mod describe;
mod edit;
mod gap;
mod index;
mod mention;
mod read;
mod rebuild;
mod rename;
#[cfg(test)]
mod tests;
mod token;

pub use describe::{Memo, Stored, describe};
pub use index::{IndexText, KeyText};
pub use mention::{Mentions, mentions};
pub use rebuild::{Copy, rebuild};
pub use token::{name, normalise, same, unquote};

use crate::schema::ConstraintKind;
use std::ops::Range;

/// A `CREATE TABLE`, with the place of everything in it. Editing returns a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableText {
    sql: String,
    /// Its name, unquoted.
    pub name: String,
    name_span: Range<usize>,
    /// In their order.
    pub columns: Vec<ColumnText>,
    /// The clauses that belong to no column, in their order.
    pub constraints: Vec<Clause>,
    /// STRICT.
    pub strict: bool,
    /// WITHOUT ROWID.
    pub without_rowid: bool,
    /// What stands between the outer parentheses.
    body: Range<usize>,
}

/// A column's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnText {
    /// Its name, unquoted.
    pub name: String,
    name_span: Range<usize>,
    /// As declared, in one spelling; empty where none is.
    pub data_type: String,
    /// Empty, behind the name, where none is declared.
    type_span: Range<usize>,
    /// What follows, in its order.
    pub clauses: Vec<Clause>,
    /// The whole definition.
    pub span: Range<usize>,
}

/// A clause of a column or of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its CONSTRAINT name, unquoted.
    pub name: Option<String>,
    /// What it says.
    pub kind: ClauseKind,
    /// All of it, its CONSTRAINT name too.
    pub span: Range<usize>,
    /// The columns of a key (of a column's own clause: that column), as the text writes them.
    pub columns: Vec<String>,
    column_spans: Vec<Range<usize>>,
    /// All of it in one spelling.
    pub text: String,
}

/// What a clause says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClauseKind {
    /// PRIMARY KEY.
    PrimaryKey {
        /// AUTOINCREMENT.
        autoincrement: bool,
        /// DESC behind a column's own PRIMARY KEY, which then is no alias of the rowid.
        descending: bool,
    },
    /// UNIQUE.
    Unique,
    /// NOT NULL.
    NotNull,
    /// NULL, which SQLite reads and ignores.
    Null,
    /// CHECK, with the place of its expression, inside the parentheses.
    Check(Range<usize>),
    /// DEFAULT, with the place of its value.
    Default(Range<usize>),
    /// COLLATE, with the collation.
    Collate(String),
    /// REFERENCES, or FOREIGN KEY of a table.
    References(ReferencesText),
    /// GENERATED ALWAYS AS.
    Generated {
        /// The place of the expression, inside the parentheses.
        expression: Range<usize>,
        /// STORED, else VIRTUAL.
        stored: bool,
    },
    /// A DEFERRABLE that stands apart from its REFERENCES.
    Deferrable,
    /// A CONSTRAINT name with nothing behind it, which SQLite reads and ignores.
    Nothing,
}

/// What a foreign key refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencesText {
    /// The table, unquoted.
    pub table: String,
    table_span: Range<usize>,
    /// Its columns, as the text writes them; empty where it leaves them out.
    pub columns: Vec<String>,
    column_spans: Vec<Range<usize>>,
    /// `NO ACTION` where nothing is said.
    pub on_delete: &'static str,
    /// `NO ACTION` where nothing is said.
    pub on_update: &'static str,
    /// `DEFERRABLE INITIALLY DEFERRED`, which alone makes SQLite wait.
    pub deferred: bool,
}

/// Where a constraint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The clause with that index, of the column with that index.
    Column(usize, usize),
    /// The clause of the table with that index.
    Table(usize),
}

impl TableText {
    /// The text.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The text, taken out.
    pub fn into_sql(self) -> String {
        self.sql
    }

    /// The column of that name, whatever the case.
    pub fn column(&self, name: &str) -> Option<&ColumnText> {
        self.columns.iter().find(|c| same(&c.name, name))
    }

    /// PRIMARY KEY, UNIQUE, CHECK and foreign keys of columns and table, in the order of the text: the same as
    /// [`Table::constraints`](crate::schema::Table::constraints).
    pub fn all_constraints(&self) -> impl Iterator<Item = (Place, ConstraintKind, &Clause)> {
        let of_columns = self.columns.iter().enumerate().flat_map(|(c, column)| {
            column.clauses.iter().enumerate().map(move |(i, clause)| (Place::Column(c, i), clause))
        });
        let of_table = self.constraints.iter().enumerate().map(|(i, clause)| (Place::Table(i), clause));
        of_columns
            .chain(of_table)
            .filter_map(|(place, clause)| Some((place, clause.kind.constraint()?, clause)))
    }

    /// The primary key, where there is one.
    pub fn primary_key(&self) -> Option<&Clause> {
        self.all_constraints()
            .find(|(_, kind, _)| *kind == ConstraintKind::PrimaryKey)
            .map(|(.., clause)| clause)
    }

    /// AUTOINCREMENT.
    pub fn autoincrement(&self) -> bool {
        self.primary_key()
            .is_some_and(|c| matches!(c.kind, ClauseKind::PrimaryKey { autoincrement: true, .. }))
    }

    /// The column that is another name of the rowid.
    pub fn rowid_alias(&self) -> Option<&ColumnText> {
        let key = self.primary_key().filter(|_| !self.without_rowid)?;
        let [only] = key.columns.as_slice() else { return None };
        let column = self.column(only).filter(|c| same(&c.data_type, "integer"))?;
        matches!(key.kind, ClauseKind::PrimaryKey { descending: false, .. }).then_some(column)
    }

    /// A part of the text, in one spelling.
    pub fn spelled(&self, span: Range<usize>) -> String {
        normalise(&self.sql[span]).unwrap_or_default()
    }
}

impl ColumnText {
    /// NOT NULL is said.
    pub fn not_null(&self) -> bool {
        self.clauses.iter().any(|c| c.kind == ClauseKind::NotNull)
    }

    /// The collation that is said.
    pub fn collation(&self) -> Option<&str> {
        // The last one counts.
        self.clauses.iter().rev().find_map(|c| match &c.kind {
            ClauseKind::Collate(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The place of the default's value, parentheses included.
    pub fn default(&self) -> Option<Range<usize>> {
        self.clauses.iter().rev().find_map(|c| match &c.kind {
            ClauseKind::Default(span) => Some(span.clone()),
            _ => None,
        })
    }

    /// The place of the expression of a generated column, and whether it is stored.
    pub fn generated(&self) -> Option<(Range<usize>, bool)> {
        self.clauses.iter().find_map(|c| match &c.kind {
            ClauseKind::Generated { expression, stored } => Some((expression.clone(), *stored)),
            _ => None,
        })
    }
}

impl ClauseKind {
    /// What it is as a constraint; `None` for what is part of a column.
    pub fn constraint(&self) -> Option<ConstraintKind> {
        match self {
            ClauseKind::PrimaryKey { .. } => Some(ConstraintKind::PrimaryKey),
            ClauseKind::Unique => Some(ConstraintKind::Unique),
            ClauseKind::Check(_) => Some(ConstraintKind::Check),
            ClauseKind::References(_) => Some(ConstraintKind::ForeignKey),
            ClauseKind::NotNull
            | ClauseKind::Null
            | ClauseKind::Default(_)
            | ClauseKind::Collate(_)
            | ClauseKind::Generated { .. }
            | ClauseKind::Deferrable
            | ClauseKind::Nothing => None,
        }
    }
}
