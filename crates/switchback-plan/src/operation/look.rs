//! Finding in the schema what an operation names.

use super::Against;
use crate::error::{Error, ErrorKind};
use crate::model::Dialect;
use crate::schema::{Column, Index, Name, Schema, Table};

/// Something that an operation says is not so.
pub(super) fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Source, message)
}

/// Something that cannot be done.
pub(super) fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

/// What there is, for a hint.
pub(super) fn there_is<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { format!("there is no {what}") } else { format!("there is {}", names.join(", ")) }
}

impl<'a> Against<'a> {
    /// The table of that name.
    pub(super) fn table(&self, name: &Name) -> crate::Result<&'a Table> {
        let same = |t: &&Table| match self.dialect() {
            Dialect::Sqlite => t.name.to_string().eq_ignore_ascii_case(&name.to_string()),
            Dialect::Postgres => t.name == *name,
        };
        let schema: &'a Schema = self.schema;
        schema.tables.iter().find(same).ok_or_else(|| {
            let names: Vec<String> = schema
                .tables
                .iter()
                .map(|t| t.name.to_string())
                .filter(|n| !n.starts_with("switchback_kept_"))
                .collect();
            wrong(format!("there is no table {name}"))
                .hint(there_is("table at all", names.iter().map(String::as_str)))
        })
    }

    /// The column of that name.
    pub(super) fn column_of<'t>(&self, table: &'t Table, name: &str) -> crate::Result<&'t Column> {
        table.column(name, self.dialect()).ok_or_else(|| {
            wrong(format!("the table {} has no column {name}", table.name))
                .hint(there_is("column", table.columns.iter().map(|c| c.name.as_str())))
        })
    }

    /// Whether the name is another relation's: a table, index, view or sequence.
    pub(super) fn taken(&self, name: &Name) -> Option<String> {
        let same = |other: &Name| match self.dialect() {
            Dialect::Sqlite => other.name.eq_ignore_ascii_case(&name.name),
            Dialect::Postgres => other == name,
        };
        use crate::schema::Kind;
        for table in &self.schema.tables {
            if same(&table.name) {
                return Some(format!("a table {}", table.name));
            }
            if let Some(index) = table.indexes.iter().find(|i| same(&i.name)) {
                return Some(format!("an index {} on {}", index.name, table.name));
            }
        }
        let relation = |kind: Kind| matches!(kind, Kind::View | Kind::MaterializedView | Kind::Sequence);
        let object = self.schema.objects.iter().find(|o| relation(o.kind) && same(&o.name))?;
        Some(format!("a {} {}", object.kind.as_str(), object.name))
    }

    /// Refuses a new name that PostgreSQL would cut.
    pub(super) fn fits(&self, name: &str) -> crate::Result<()> {
        if self.dialect() == Dialect::Postgres && name.len() > 63 {
            return Err(wrong(format!(
                "the name {name} has {} bytes, and PostgreSQL would cut it",
                name.len()
            ))
            .hint("choose one of at most 63 bytes"));
        }
        if name.is_empty() {
            return Err(wrong("a name is empty").hint("write one"));
        }
        Ok(())
    }

    /// Refuses a name that is another's.
    pub(super) fn free(&self, name: &Name) -> crate::Result<()> {
        self.fits(&name.name)?;
        match self.taken(name) {
            None => Ok(()),
            Some(what) => Err(wrong(format!("there is {what} already")).hint("choose another name")),
        }
    }

    /// The index of that name, with its table.
    pub(super) fn index(&self, name: &Name) -> Option<(&'a Table, &'a Index)> {
        let schema: &'a Schema = self.schema;
        let same_name = |a: &Name, b: &Name| match self.dialect() {
            Dialect::Sqlite => a.to_string().eq_ignore_ascii_case(&b.to_string()),
            Dialect::Postgres => a == b,
        };
        schema.tables.iter().find_map(|t| t.indexes.iter().find(|i| same_name(&i.name, name)).map(|i| (t, i)))
    }
}

/// Refuses tables that are more than a table: partitions, children and those that have some, foreign and virtual ones.
pub(super) fn structural(table: &Table, against: &Against<'_>) -> crate::Result<()> {
    let more = ["kind", "partition of", "inherits", "of type", "virtual"];
    match more.into_iter().find_map(|property| Some((property, table.fact(property)?))) {
        None => childless(table, against),
        Some((property, value)) => {
            Err(refused(format!("the table {} is no plain table ({property}: {value})", table.name))
                .hint("write an operation `sql`, both ways"))
        }
    }
}

/// Refuses a table that others inherit from: its rows are theirs too, and no key tells those apart.
pub(super) fn childless(table: &Table, against: &Against<'_>) -> crate::Result<()> {
    let name = table.name.to_string();
    let is_child = |t: &&Table| t.fact("inherits").is_some_and(|p| p.split(", ").any(|p| p == name));
    match against.schema.tables.iter().find(is_child) {
        None => Ok(()),
        Some(child) => Err(refused(format!("the table {} inherits from {name}", child.name))
            .hint("write an operation `sql`, both ways")),
    }
}

/// PostgreSQL: whether it is partitioned: what is done concurrently, or looked at later, is not for such.
pub(super) fn is_partitioned(table: &Table) -> bool {
    table.fact("kind") == Some("partitioned")
}
