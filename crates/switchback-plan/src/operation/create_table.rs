//! `create_table`: a table more.

use super::column::{ColumnSpec, Constraints, ReferencesSpec, list};
use super::field::Expression;
use super::look::{there_is, wrong};
use super::{Against, Compile, Compiled, Part, naming};
use crate::error::Result;
use crate::model::Dialect;
use crate::quote;
use crate::schema::Name;
use serde::Deserialize;

/// Creates a table with its columns, keys and checks; indexes are `add_index`'s.
///
/// The way down drops it. Constraints without a name get the one that PostgreSQL would choose, on both engines.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateTable {
    /// Its name.
    pub table: Name,
    /// Its columns, in their order.
    pub columns: Vec<ColumnSpec>,
    /// The columns of the key, where they are more than one.
    #[serde(default)]
    pub primary_key: Vec<String>,
    /// Unique constraints of more than one column, or with a name.
    #[serde(default)]
    pub uniques: Vec<UniqueSpec>,
    /// Conditions of more than one column, or with a name.
    #[serde(default)]
    pub checks: Vec<CheckSpec>,
    /// Foreign keys of more than one column, or with a name.
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKeySpec>,
    /// PostgreSQL: COMMENT ON TABLE. SQLite keeps none.
    pub comment: Option<String>,
}

/// A unique constraint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UniqueSpec {
    /// `table_column_key` where it is not given.
    pub name: Option<String>,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSpec {
    /// `table_check` where it is not given.
    pub name: Option<String>,
    /// What must not be false.
    pub check: Expression,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignKeySpec {
    /// `table_column_fkey` where it is not given.
    pub name: Option<String>,
    /// Its columns.
    pub columns: Vec<String>,
    /// What they refer to.
    pub references: ReferencesSpec,
}

impl CreateTable {
    /// The columns of the primary key.
    fn key(&self) -> Result<Vec<String>> {
        let own: Vec<String> =
            self.columns.iter().filter(|c| c.primary_key).map(|c| c.name.clone()).collect();
        match (own.len(), self.primary_key.is_empty()) {
            (0, _) => Ok(self.primary_key.clone()),
            (1, true) => Ok(own),
            _ => Err(wrong(format!("the table {} has more than one primary key", self.table))
                .hint("write primary_key = [\"…\", \"…\"] at the table for a key of more than one column")),
        }
    }

    /// That every column is there once, and those that are named are there.
    fn check(&self, against: &Against<'_>, key: &[String]) -> Result<()> {
        against.free(&self.table)?;
        if self.columns.is_empty() {
            return Err(wrong(format!("the table {} has no columns", self.table)).hint("write columns = […]"));
        }
        for (at, column) in self.columns.iter().enumerate() {
            column.consistent()?;
            against.fits(&column.name)?;
            if self.columns[..at].iter().any(|c| same(&c.name, &column.name, against.dialect())) {
                return Err(wrong(format!("the column {} is there twice", column.name)).hint("delete one"));
            }
        }
        let of_uniques = self.uniques.iter().flat_map(|u| &u.columns);
        let of_keys = self.foreign_keys.iter().flat_map(|f| &f.columns);
        for name in key.iter().chain(of_uniques).chain(of_keys) {
            if !self.columns.iter().any(|c| c.name == *name) {
                return Err(wrong(format!("the table {} has no column {name}", self.table))
                    .hint(there_is("column", self.columns.iter().map(|c| c.name.as_str()))));
            }
        }
        Ok(())
    }

    fn create(&self, against: &Against<'_>) -> Result<String> {
        let dialect = against.dialect();
        let key = self.key()?;
        self.check(against, &key)?;
        let table = self.table.name.as_str();
        let mut names = Constraints::of(None);
        let mut lines = Vec::new();
        let mut constraints = Vec::new();
        let add = |name: &str, what: String| format!("CONSTRAINT {} {what}", quote::ident(name));
        let key_name = names.index(None, &[table, "pkey"], &self.table, against)?;
        // SQLite: what numbers itself says so with the column.
        let mut key_said = false;
        for column in &self.columns {
            let mut line = column.sql(column.not_null || key.contains(&column.name), dialect)?;
            if column.identity && dialect == Dialect::Sqlite {
                if key != [column.name.clone()] {
                    return Err(wrong(format!(
                        "the column {} numbers itself, but is not the primary key",
                        column.name
                    ))
                    .hint("only the primary key can number itself on SQLite: write primary_key = true"));
                }
                key_said = true;
                line.push_str(&format!(" CONSTRAINT {} PRIMARY KEY AUTOINCREMENT", quote::ident(&key_name)));
            }
            lines.push(line);
        }
        if !key.is_empty() && !key_said {
            constraints.push(add(&key_name, format!("PRIMARY KEY ({})", list(&key))));
        }
        let mut unique = |name: Option<&str>, columns: &[String]| -> Result<String> {
            let mut parts = vec![table];
            parts.extend(columns.iter().map(String::as_str));
            parts.push("key");
            let name = names.index(name, &parts, &self.table, against)?;
            Ok(add(&name, format!("UNIQUE ({})", list(columns))))
        };
        for column in self.columns.iter().filter(|c| c.unique) {
            constraints.push(unique(None, std::slice::from_ref(&column.name))?);
        }
        for spec in &self.uniques {
            constraints.push(unique(spec.name.as_deref(), &spec.columns)?);
        }
        for column in &self.columns {
            if let Some(check) = &column.check {
                let name = names.name(None, &[table, &column.name, "check"])?;
                constraints.push(add(&name, format!("CHECK ({})", check.expression("check", dialect)?)));
            }
        }
        for spec in &self.checks {
            let name = names.name(spec.name.as_deref(), &[table, "check"])?;
            constraints.push(add(&name, format!("CHECK ({})", spec.check.expression("check", dialect)?)));
        }
        let mut foreign = |name: Option<&str>, columns: &[String], to: &ReferencesSpec| -> Result<String> {
            let mut parts = vec![table];
            parts.extend(columns.iter().map(String::as_str));
            parts.push("fkey");
            let references = to.sql(columns.len(), Some((&self.table, &key)), against)?;
            Ok(add(&names.name(name, &parts)?, format!("FOREIGN KEY ({}) {references}", list(columns))))
        };
        for column in &self.columns {
            if let Some(to) = &column.references {
                constraints.push(foreign(None, std::slice::from_ref(&column.name), to)?);
            }
        }
        for spec in &self.foreign_keys {
            constraints.push(foreign(spec.name.as_deref(), &spec.columns, &spec.references)?);
        }
        lines.extend(constraints);
        Ok(format!("CREATE TABLE {} (\n    {}\n)", self.table.sql(), lines.join(",\n    ")))
    }

    fn compiled(&self, up: Vec<String>) -> Compiled {
        let step = naming::step(&["create_table", &self.table.name]);
        Compiled {
            up: vec![Part::transaction(&step, up)],
            down: vec![Part::transaction(&step, vec![format!("DROP TABLE {}", self.table.sql())])],
            notices: Vec::new(),
        }
    }
}

/// Whether two names are one's.
pub(super) fn same(a: &str, b: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite => a.eq_ignore_ascii_case(b),
        Dialect::Postgres => a == b,
    }
}

impl Compile for CreateTable {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        Ok(self.compiled(vec![self.create(against)?]))
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let mut up = vec![self.create(against)?];
        if let Some(comment) = &self.comment {
            up.push(format!("COMMENT ON TABLE {} IS {}", self.table.sql(), quote::literal(comment)));
        }
        for column in &self.columns {
            if let Some(comment) = &column.comment {
                up.push(format!(
                    "COMMENT ON COLUMN {}.{} IS {}",
                    self.table.sql(),
                    quote::ident(&column.name),
                    quote::literal(comment)
                ));
            }
        }
        Ok(self.compiled(up))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;

    #[test]
    fn a_table_gets_each_engines_natural_types_and_the_same_names() {
        insta::assert_snapshot!(shown(
            r#"
type = "create_table"
table = "posts"
comment = "What people write."
columns = [
    { name = "id", type = "uuid", primary_key = true },
    { name = "user_id", type = "bigint", not_null = true, references = { table = "users", on_delete = "cascade" } },
    { name = "reply_to", type = "uuid", references = { table = "posts" } },
    { name = "slug", type = "varchar(40)", not_null = true, unique = true },
    { name = "body", type = "text", not_null = true, default = "''", comment = "Markdown" },
    { name = "stars", type = "integer", not_null = true, default = 0, check = "stars >= 0" },
    { name = "price", type = "numeric(10,2)" },
    { name = "score", type = "real" },
    { name = "shown", type = "boolean", not_null = true, default = true },
    { name = "created_at", type = "timestamp", not_null = true, default = { sqlite = "strftime('%Y-%m-%dT%H:%M:%fZ')", postgres = "now()" } },
    { name = "due", type = "date" },
    { name = "meta", type = "json" },
    { name = "raw", type = "bytes" },
    { name = "kind", type = { sqlite = "TEXT", postgres = "citext" } },
]
uniques = [{ columns = ["user_id", "slug"], name = "posts_user_slug" }]
checks = [{ check = "stars <> 3 OR shown = shown" }]
"#
        ));
    }

    #[test]
    fn a_key_may_number_itself_or_have_many_columns() {
        insta::assert_snapshot!(shown(
            r#"
type = "create_table"
table = "logs"
columns = [{ name = "id", type = "bigint", identity = true, primary_key = true }, { name = "line", type = "text" }]
"#
        ));
        insta::assert_snapshot!(shown(
            r#"
type = "create_table"
table = "members"
columns = [{ name = "a", type = "bigint" }, { name = "b", type = "bigint" }]
primary_key = ["a", "b"]
foreign_keys = [{ columns = ["a"], references = { table = "users", columns = ["id"], on_update = "set_null", deferred = true } }]
"#
        ));
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        let users = users(Dialect::Postgres);
        let table = |name: &str, columns: &str, rest: &str| {
            refusal(
                &format!("type = \"create_table\"\ntable = \"{name}\"\ncolumns = [{columns}]\n{rest}"),
                &users,
            )
        };
        let id = "{ name = \"id\", type = \"bigint\", primary_key = true }";
        let all = [
            table("users", id, ""),
            table("t", "", ""),
            table("t", &format!("{id}, {id}"), ""),
            table("t", id, "primary_key = [\"id\"]"),
            table("t", id, "uniques = [{ columns = [\"a\"] }]"),
            table("t", "{ name = \"a\", type = \"text\", references = { table = \"people\" } }", ""),
            table(
                "t",
                "{ name = \"a\", type = \"text\", references = { table = \"users\", columns = [\"name\"] } }",
                "",
            ),
            table("t", "{ name = \"a\", type = { sqlite = \"TEXT\" } }", ""),
            table("t", "{ name = \"a\", type = { postgres = \"text); DROP TABLE users; --\" } }", ""),
            table("t", "{ name = \"a\", type = \"bigint\", identity = true, default = 1 }", ""),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
