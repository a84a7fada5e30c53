//! Tables in which values are kept that an operation takes away, so that the way down brings them back.

use super::column::list;
use super::look::{childless, refused};
use super::postgres::type_of;
use super::{Against, naming};
use crate::error::Result;
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Column, ConstraintKind, Name, Table};

/// Where the values of some columns are kept, by the key of their rows.
#[derive(Debug)]
pub(super) struct Kept<'a> {
    /// The table that is made for them.
    pub(super) name: Name,
    table: &'a Table,
    /// The columns that tell a row.
    pub(super) key: Vec<&'a Column>,
    columns: Vec<&'a Column>,
    dialect: Dialect,
}

/// The columns that tell the rows of a table apart for good: its primary key, else unique ones that are never NULL.
fn key<'a>(table: &'a Table, against: &Against<'a>) -> Option<Vec<&'a Column>> {
    let unique = table.constraints.iter().filter(|c| c.kind == ConstraintKind::Unique);
    let found = |names: &[String]| -> Option<Vec<&'a Column>> {
        names.iter().map(|n| table.column(n, against.dialect())).collect()
    };
    let primary = table.primary_key().and_then(|key| found(&key.columns));
    let never_null = |columns: &Vec<&Column>| columns.iter().all(|c| c.not_null);
    // SQLite's primary keys may be NULL.
    primary
        .clone()
        .filter(never_null)
        .or_else(|| unique.filter_map(|c| found(&c.columns)).find(never_null))
        .or(primary)
}

impl<'a> Kept<'a> {
    /// A place for those columns, which are not of the key themselves.
    pub(super) fn new(table: &'a Table, columns: &[&'a Column], against: &Against<'a>) -> Result<Kept<'a>> {
        childless(table, against)?;
        let named: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        let key = key(table, against)
            .filter(|key| !key.iter().any(|k| named.contains(&k.name.as_str())))
            .ok_or_else(|| {
                refused(format!(
                    "the values of {}.{} cannot be kept: {} has no other key to know its rows by",
                    table.name,
                    named.join(", "),
                    table.name
                ))
                .hint("give the table a primary key of other columns first")
            })?;
        let mut parts = vec![table.name.name.as_str()];
        parts.extend(&named);
        let name = table.name.sibling(naming::kept(against.version, &parts));
        let mut free = name.clone();
        let mut number = 2;
        while against.taken(&free).is_some() {
            let suffix = number.to_string();
            let mut parts = parts.clone();
            parts.push(&suffix);
            free = table.name.sibling(naming::kept(against.version, &parts));
            number += 1;
        }
        Ok(Kept { name: free, table, key, columns: columns.to_vec(), dialect: against.dialect() })
    }

    /// SQLite: a primary key that does not say NOT NULL, and so may be NULL.
    fn may_lack_a_key(&self) -> bool {
        self.dialect == Dialect::Sqlite && self.key.iter().any(|c| !c.not_null)
    }

    /// What a person should know about the rows that cannot be kept.
    pub(super) fn notice(&self) -> Option<String> {
        let names: Vec<&str> = self.key.iter().filter(|c| !c.not_null).map(|c| c.name.as_str()).collect();
        self.may_lack_a_key().then(|| {
            format!(
                "the primary key of {} may be NULL on SQLite, which does not imply NOT NULL ({}): a row without a key stops the way up, for its values could not be told from another's",
                self.table.name,
                names.join(", ")
            )
        })
    }

    /// The names of the key's columns, quoted.
    pub(super) fn keys(&self) -> String {
        list(&self.key.iter().map(|c| c.name.as_str()).collect::<Vec<_>>())
    }

    /// The names of the kept columns, quoted.
    fn values(&self) -> String {
        list(&self.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>())
    }

    /// `k."a" = t."a" AND …`.
    pub(super) fn same_row(&self, kept: &str, table: &str) -> String {
        let equal = |c: &&Column| {
            let name = quote::ident(&c.name);
            format!("{kept}.{name} = {table}.{name}")
        };
        self.key.iter().map(equal).collect::<Vec<_>>().join(" AND ")
    }

    /// Makes the table; `more` is a column of the operation's own. On SQLite the kept columns have no type, so that every
    /// value stays as it is.
    pub(super) fn create(&self, more: Option<&str>) -> String {
        let nullable = self.may_lack_a_key();
        let mut lines = Vec::new();
        for column in &self.key {
            let data_type = match self.dialect {
                Dialect::Postgres => type_of(column),
                Dialect::Sqlite => match &column.collation {
                    Some(collation) => format!("{} COLLATE {}", column.data_type, quote::ident(collation)),
                    None => column.data_type.clone(),
                },
            };
            let end = if nullable { "" } else { " NOT NULL" };
            lines.push(
                format!("{} {data_type}{end}", quote::ident(&column.name))
                    .replace("  ", " ")
                    .trim_end()
                    .to_owned(),
            );
        }
        for column in &self.columns {
            lines.push(match self.dialect {
                Dialect::Postgres => format!("{} {}", quote::ident(&column.name), type_of(column)),
                Dialect::Sqlite => quote::ident(&column.name),
            });
        }
        lines.extend(more.map(str::to_owned));
        lines.push(format!("PRIMARY KEY ({})", self.keys()));
        if nullable {
            // Its name is what the error says, where a row has none.
            let check = quote::ident(&format!("every row of {} has a key", self.table.name));
            let there: Vec<String> =
                self.key.iter().map(|c| format!("{} IS NOT NULL", quote::ident(&c.name))).collect();
            lines.push(format!("CONSTRAINT {check} CHECK ({})", there.join(" AND ")));
        }
        let end = match self.dialect {
            Dialect::Sqlite if !nullable => " WITHOUT ROWID",
            Dialect::Sqlite | Dialect::Postgres => "",
        };
        format!("CREATE TABLE {} (\n    {}\n){end}", self.name.sql(), lines.join(",\n    "))
    }

    /// Copies the values of the rows that meet a condition.
    pub(super) fn copy(&self, condition: &str) -> String {
        let columns = format!("{}, {}", self.keys(), self.values());
        format!(
            "INSERT INTO {} ({columns})\nSELECT {columns} FROM {} AS t{condition}",
            self.name.sql(),
            self.table.name.sql()
        )
    }

    /// The kept value of a row, in a query over another table; `otherwise` where none was kept.
    pub(super) fn value(&self, column: &Column, otherwise: &str) -> String {
        let target = quote::ident(&column.name);
        // Other names inside, so that the key's own name means the row outside.
        let names: Vec<String> = (1..=self.key.len()).map(|n| format!("switchback_key_{n}")).collect();
        let inner = self.key.iter().zip(&names).map(|(c, n)| format!("{} AS {n}", quote::ident(&c.name)));
        let inner: Vec<String> = inner.collect();
        let same = self.key.iter().zip(&names).map(|(c, n)| format!("{n} = {}", quote::ident(&c.name)));
        let same = same.collect::<Vec<_>>().join(" AND ");
        let from = format!(
            "FROM (SELECT {}, {target} AS switchback_value FROM {}) WHERE {same}",
            inner.join(", "),
            self.name.sql()
        );
        let value = format!("(SELECT switchback_value {from})");
        match (otherwise, column.not_null) {
            ("NULL", _) => value,
            (_, true) => format!("coalesce({value}, {otherwise})"),
            (_, false) => format!("CASE WHEN EXISTS (SELECT 1 {from}) THEN {value} ELSE {otherwise} END"),
        }
    }

    pub(super) fn drop(&self) -> String {
        format!("DROP TABLE {}", self.name.sql())
    }
}
