//! `add_index`: an index more.

use super::field::{Expression, FromText, text_or_table};
use super::{Against, Compile, Compiled, Part, naming};
use crate::error::Result;
use crate::model::Dialect;
use crate::operation::look::{is_partitioned, refused, wrong};
use crate::quote;
use crate::schema::{Name, Table};
use serde::Deserialize;
use serde::de::Deserializer;

/// Creates an index; concurrently on PostgreSQL, so that nobody waits.
///
/// The way down drops it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddIndex {
    /// The table.
    pub table: Name,
    /// Columns, or `{ expression = "lower(email)" }`, each perhaps with `descending`, `nulls`, `collation`,
    /// `operator_class`.
    pub columns: Vec<IndexKey>,
    /// Its name; `table_column_idx` where it is not given.
    pub name: Option<String>,
    /// No two rows with the same key.
    #[serde(default)]
    pub unique: bool,
    /// A partial index: only rows for which this is true.
    #[serde(rename = "where")]
    pub predicate: Option<Expression>,
    /// PostgreSQL: `gin`, `hash`, …
    pub method: Option<String>,
    /// PostgreSQL: columns that are stored besides.
    #[serde(default)]
    pub include: Vec<String>,
    /// PostgreSQL: in a step outside of any transaction, without blocking writers. True unless said.
    pub concurrently: Option<bool>,
}

/// A key of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexKey {
    /// A column, or
    pub column: Option<String>,
    /// an expression.
    pub expression: Option<Expression>,
    /// DESC.
    pub descending: bool,
    /// `first` or `last`.
    pub nulls: Option<Nulls>,
    /// COLLATE.
    pub collation: Option<String>,
    /// PostgreSQL: `varchar_pattern_ops`, …
    pub operator_class: Option<String>,
}

/// Where NULLs sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nulls {
    /// Before all else.
    First,
    /// Behind all else.
    Last,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    column: Option<String>,
    expression: Option<Expression>,
    #[serde(default)]
    descending: bool,
    nulls: Option<Nulls>,
    collation: Option<String>,
    operator_class: Option<String>,
}

impl FromText for IndexKey {
    type Table = Key;
    const EXPECTED: &'static str = "a column, or { expression = \"…\" }";

    fn from_text(text: &str) -> std::result::Result<IndexKey, String> {
        Ok(IndexKey { column: Some(text.to_owned()), ..IndexKey::default() })
    }

    fn from_table(key: Key) -> IndexKey {
        IndexKey {
            column: key.column,
            expression: key.expression,
            descending: key.descending,
            nulls: key.nulls,
            collation: key.collation,
            operator_class: key.operator_class,
        }
    }
}

impl<'de> Deserialize<'de> for IndexKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<IndexKey, D::Error> {
        text_or_table(deserializer)
    }
}

impl IndexKey {
    fn sql(&self, table: &Table, against: &Against<'_>) -> Result<String> {
        let dialect = against.dialect();
        let mut sql = match (&self.column, &self.expression) {
            (Some(column), None) => quote::ident(&against.column_of(table, column)?.name),
            (None, Some(expression)) => format!("({})", expression.expression("expression", dialect)?),
            _ => {
                return Err(wrong("a key of an index is either a column or an expression")
                    .hint("write \"email\" or { expression = \"lower(email)\" }"));
            }
        };
        if let Some(collation) = &self.collation {
            sql.push_str(" COLLATE ");
            sql.push_str(&Name::parse(collation).sql());
        }
        match (dialect, &self.operator_class) {
            (_, None) => {}
            (Dialect::Postgres, Some(class)) => {
                sql.push(' ');
                sql.push_str(&Name::parse(class).sql());
            }
            // SQLite has one way to compare.
            (Dialect::Sqlite, Some(_)) => {}
        }
        if self.descending {
            sql.push_str(" DESC");
        }
        match (dialect, self.nulls, self.descending) {
            (_, None, _) | (Dialect::Sqlite, Some(Nulls::First), false) => {}
            (Dialect::Sqlite, Some(Nulls::Last), true) => {}
            (Dialect::Sqlite, Some(_), _) => {
                return Err(
                    refused("an index of SQLite cannot choose where NULLs sort").hint("leave out `nulls`")
                );
            }
            (Dialect::Postgres, Some(Nulls::First), _) => sql.push_str(" NULLS FIRST"),
            (Dialect::Postgres, Some(Nulls::Last), _) => sql.push_str(" NULLS LAST"),
        }
        Ok(sql)
    }
}

impl AddIndex {
    /// The name of the index, in the table's schema.
    fn index(&self, table: &Table) -> Name {
        let name = self.name.clone().unwrap_or_else(|| {
            let mut parts = vec![table.name.name.as_str()];
            parts.extend(self.columns.iter().map(|k| k.column.as_deref().unwrap_or("expr")));
            parts.push("idx");
            naming::joined(&parts)
        });
        table.name.sibling(name)
    }

    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, Name)> {
        let table = against.table(&self.table)?;
        if self.columns.is_empty() {
            return Err(wrong("the index has no columns").hint("write columns = [\"…\"]"));
        }
        let name = self.index(table);
        against.free(&name)?;
        Ok((table, name))
    }

    fn keys(&self, table: &Table, against: &Against<'_>) -> Result<String> {
        let keys: Result<Vec<String>> = self.columns.iter().map(|k| k.sql(table, against)).collect();
        Ok(keys?.join(", "))
    }

    fn predicate(&self, dialect: Dialect) -> Result<String> {
        Ok(match &self.predicate {
            None => String::new(),
            Some(predicate) => format!(" WHERE {}", predicate.expression("where", dialect)?),
        })
    }

    fn unique(&self) -> &'static str {
        if self.unique { "UNIQUE " } else { "" }
    }
}

impl Compile for AddIndex {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, name) = self.check(against)?;
        if self.method.is_some() || !self.include.is_empty() {
            return Err(refused("an index of SQLite has neither `method` nor `include`")
                .hint("write an operation `sql` with a text for each engine"));
        }
        let step = naming::step(&["add_index", &name.name]);
        let create = format!(
            "CREATE {}INDEX {} ON {} ({}){}",
            self.unique(),
            name.sql(),
            table.name.sql(),
            self.keys(table, against)?,
            self.predicate(Dialect::Sqlite)?,
        );
        Ok(Compiled {
            up: vec![Part::transaction(&step, vec![create])],
            down: vec![Part::transaction(&step, vec![format!("DROP INDEX {}", name.sql())])],
            notices: Vec::new(),
        })
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, name) = self.check(against)?;
        let partitioned = is_partitioned(table);
        if partitioned && self.concurrently == Some(true) {
            return Err(refused(format!(
                "{} is partitioned, and its indexes are not built concurrently",
                table.name
            ))
            .hint("leave out `concurrently`, or add the index to each partition first"));
        }
        let concurrently = self.concurrently.unwrap_or(!partitioned);
        let step = naming::step(&["add_index", &name.name]);
        let words = if concurrently { "CONCURRENTLY " } else { "" };
        let method = match &self.method {
            Some(method) => format!(" USING {}", quote::ident(method)),
            None => String::new(),
        };
        let include: Result<Vec<String>> = self
            .include
            .iter()
            .map(|c| against.column_of(table, c).map(|column| quote::ident(&column.name)))
            .collect();
        let include = include?;
        let include =
            if include.is_empty() { String::new() } else { format!(" INCLUDE ({})", include.join(", ")) };
        let create = format!(
            "CREATE {}INDEX {words}{} ON {}{method} ({}){include}{}",
            self.unique(),
            quote::ident(&name.name),
            table.name.sql(),
            self.keys(table, against)?,
            self.predicate(Dialect::Postgres)?,
        );
        let drop = format!("DROP INDEX {words}{}", name.sql());
        let part = |statement| {
            if concurrently {
                Part::no_transaction(&step, vec![statement])
            } else {
                Part::transaction(&step, vec![statement])
            }
        };
        Ok(Compiled { up: vec![part(create)], down: vec![part(drop)], notices: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;

    #[test]
    fn an_index_is_created_concurrently_and_dropped_on_the_way_down() {
        insta::assert_snapshot!(shown("type = \"add_index\"\ntable = \"users\"\ncolumns = [\"email\"]"));
    }

    #[test]
    fn keys_may_be_expressions_and_rows_may_be_left_out() {
        insta::assert_snapshot!(shown(
            r#"
type = "add_index"
table = "users"
columns = [{ expression = "lower(email)" }, { column = "name", descending = true }]
name = "users_search"
unique = true
where = "name IS NOT NULL"
concurrently = false
"#
        ));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let users = users(Dialect::Postgres);
        let index = |rest: &str| refusal(&format!("type = \"add_index\"\n{rest}"), &users);
        insta::assert_snapshot!(index("table = \"user\"\ncolumns = [\"email\"]"));
        insta::assert_snapshot!(index("table = \"users\"\ncolumns = [\"mail\"]"));
        insta::assert_snapshot!(index("table = \"users\"\ncolumns = []"));
        insta::assert_snapshot!(index("table = \"users\"\nname = \"users\"\ncolumns = [\"email\"]"));
        insta::assert_snapshot!(index(
            "table = \"users\"\ncolumns = [\"email\"]\nwhere = \"true); DROP TABLE users\""
        ));
    }
}
