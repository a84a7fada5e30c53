//! Declarative operations: what `migration.toml` declares, and the SQL that it becomes in both dialects and directions.
//!
//! Each operation is a file: its fields, what is wrong with them, and what it compiles to. Compiling is pure: it looks
//! into a [`Schema`] that was read before, never into a database.
//!
//! ```
//! use switchback_plan::operation::{self, Against, Declared};
//! # use switchback_plan::{schema::Schema, Dialect, Direction};
//! let text = "[[operation]]\ntype = \"sql\"\nup = \"ANALYZE\"\ndown = \"\"\n";
//! let declared = operation::read("V1__a/migration.toml", text)?;
//! let schema = Schema::empty(Dialect::Sqlite);
//! let against = Against { schema: &schema, version: 1, stamp: "20261121T201400Z" };
//! let compiled = operation::compile(&declared[0].operation, &against)?;
//! let side = operation::join(vec![compiled]);
//! let up = operation::render(Dialect::Sqlite, Direction::Up, &side.up, &operation::header("0.1.0"));
//! assert!(up.ends_with("\n\nANALYZE;\n"));
//! # Ok::<(), switchback_plan::Error>(())
//! ```

mod add_check;
mod add_column;
mod add_foreign_key;
mod add_index;
mod add_unique;
mod alter_column;
mod aside;
mod batch;
mod column;
pub mod convert_key;
mod create_table;
mod create_view;
mod depends;
mod drop_column;
mod drop_constraint;
mod drop_index;
mod drop_table;
mod field;
mod fill;
mod join;
mod keep;
mod look;
mod naming;
mod postgres;
mod read;
mod recreate;
mod rename_column;
mod rename_table;
mod render;
mod reorder;
mod sql;
mod sqlite;
#[cfg(test)]
mod tests;
mod triggers;
mod types;

pub use add_check::AddCheck;
pub use add_column::AddColumn;
pub use add_foreign_key::AddForeignKey;
pub use add_index::{AddIndex, IndexKey, Nulls};
pub use add_unique::AddUnique;
pub use alter_column::AlterColumn;
pub use aside::{BringBack, archive_of, bring_back, kept_name, version_of_kept, works_with};
pub use column::{Action, ColumnSpec, ReferencesSpec};
pub use convert_key::ConvertKey;
pub use create_table::{CheckSpec, CreateTable, ForeignKeySpec, UniqueSpec};
pub use create_view::CreateView;
pub use drop_column::DropColumn;
pub use drop_constraint::DropConstraint;
pub use drop_index::DropIndex;
pub use drop_table::DropTable;
pub use field::{Expression, PerEngine};
pub use fill::Fill;
pub use join::{join, merge};
pub use read::read;
pub use recreate::{Again, index_again};
pub use rename_column::RenameColumn;
pub use rename_table::RenameTable;
pub use render::{MARK, header, render};
pub use sql::Sql;
pub use triggers::Triggers;
pub use types::ColumnType;

use crate::error::{Location, Result};
use crate::model::{Dialect, Mode};
use crate::schema::Schema;

/// What an operation is compiled against.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The schema just before the operation, read with everything that compiling needs.
    pub schema: &'a Schema,
    /// The version of the migration, part of the names of what is kept aside.
    pub version: i64,
    /// The time of sealing in UTC, `20261121T201400Z`: part of the names of archived tables.
    pub stamp: &'a str,
}

impl Against<'_> {
    /// Whose SQL is wanted.
    pub fn dialect(&self) -> Dialect {
        self.schema.dialect
    }
}

/// The SQL of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compiled {
    /// The way up, in the order in which it runs.
    pub up: Vec<Part>,
    /// The way down, in the order in which it runs. Parts pair with those of the way up by name.
    pub down: Vec<Part>,
    /// What a person should know before this runs: shown when sealed, and in the plan.
    pub notices: Vec<String>,
}

/// A run of statements that commit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name of the step that it becomes, where the file needs steps: `add_column_users_email`.
    pub step: String,
    /// How it is run.
    pub mode: Mode,
    /// SQLite: it rebuilds a table, so foreign keys must be off.
    pub foreign_keys_off: bool,
    /// The statements, without semicolons at their ends; a comment may stand before one, or alone.
    pub statements: Vec<String>,
}

impl Part {
    /// Statements in one transaction.
    pub fn transaction(step: impl Into<String>, statements: Vec<String>) -> Part {
        Part { step: step.into(), mode: Mode::Transaction, foreign_keys_off: false, statements }
    }

    /// Statements one by one, outside of any transaction.
    pub fn no_transaction(step: impl Into<String>, statements: Vec<String>) -> Part {
        Part { mode: Mode::NoTransaction, ..Part::transaction(step, statements) }
    }
}

/// An operation, and where it is declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// What is to be done.
    pub operation: Operation,
    /// Its place in `migration.toml`.
    pub location: Location,
}

/// What an operation does in each dialect; the fields are checked against the schema first.
trait Compile {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled>;
    fn postgres(&self, against: &Against<'_>) -> Result<Compiled>;
}

/// The operations by the name that `type` gives them.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:literal => $variant:ident,)*) => {
        /// What a `[[operation]]` of `migration.toml` says.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Operation {
            $($(#[$doc])* $variant($variant),)*
        }

        impl Operation {
            /// All that `type` may say.
            pub const TYPES: &[&str] = &[$($name,)*];

            /// What `type` says.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Operation::$variant(_) => $name,)*
                }
            }

            /// Reads the fields of an operation of that type; `None` where there is no such type.
            fn of_type(
                name: &str,
                fields: toml::de::ValueDeserializer<'_>,
            ) -> Option<std::result::Result<Operation, toml::de::Error>> {
                match name {
                    $($name => Some(serde::Deserialize::deserialize(fields).map(Operation::$variant)),)*
                    _ => None,
                }
            }

            /// The fields that an operation of that type knows.
            fn fields_of(name: &str) -> &'static [&'static str] {
                match name {
                    $($name => read::fields::<$variant>(),)*
                    _ => &[],
                }
            }

            fn compiler(&self) -> &dyn Compile {
                match self {
                    $(Operation::$variant(operation) => operation,)*
                }
            }
        }
    };
}

operations! {
    /// A table more.
    "create_table" => CreateTable,
    /// A table less, archived.
    "drop_table" => DropTable,
    /// Another name for a table.
    "rename_table" => RenameTable,
    /// A column more.
    "add_column" => AddColumn,
    /// A column less, its values kept.
    "drop_column" => DropColumn,
    /// Another type, default or condition for a column.
    "alter_column" => AlterColumn,
    /// Another name for a column.
    "rename_column" => RenameColumn,
    /// An index more.
    "add_index" => AddIndex,
    /// An index less.
    "drop_index" => DropIndex,
    /// A foreign key more.
    "add_foreign_key" => AddForeignKey,
    /// A unique constraint more.
    "add_unique" => AddUnique,
    /// A condition more.
    "add_check" => AddCheck,
    /// A constraint less.
    "drop_constraint" => DropConstraint,
    /// Values for a column.
    "fill" => Fill,
    /// Text keys become native UUIDs.
    "convert_key" => ConvertKey,
    /// A view more.
    "create_view" => CreateView,
    /// SQL of the author's own, both ways.
    "sql" => Sql,
}

/// The SQL of an operation, both ways, in the dialect of the schema that it is compiled against.
///
/// # Errors
/// When it names something that is not there, when something stands in its way, or when it cannot be turned back.
pub fn compile(operation: &Operation, against: &Against<'_>) -> Result<Compiled> {
    let compiler = operation.compiler();
    match against.dialect() {
        Dialect::Sqlite => compiler.sqlite(against),
        Dialect::Postgres => compiler.postgres(against),
    }
}
