//! How something that is kept aside comes back, where that is well-defined; else a sentence that says why not.

use super::find::{FILLED, Item};
use super::{Doing, What};
use crate::migrator::Connected;
use crate::value::format_timestamp;
use std::collections::BTreeSet;
use switchback_plan::lex::mentions;
use switchback_plan::quote::ident;
use switchback_plan::schema::{Kind, Name, Schema, Table};
use switchback_plan::{Dialect, Error, ErrorKind, Result};
use time::OffsetDateTime;

fn refused(message: String, hint: &str) -> Error {
    Error::new(ErrorKind::Refused, message).hint(format!("{hint}; nothing was changed"))
}

impl Connected {
    pub(super) fn way_back(&mut self, schema: &Schema, item: &Item) -> Result<What> {
        let name = &item.kept.name;
        match item.kept.kind {
            "values" => values(schema, item),
            "rows" => rows(schema, item),
            "archive" => archive(schema, item),
            "rejects" => self.rejects(schema, item),
            "database" => Err(refused(
                format!("{name} is a whole database, as it was before a restore"),
                "look at it by its own URL, or let the two change names: ALTER DATABASE … RENAME TO …",
            )),
            _ => Err(refused(
                format!("{name} holds how values were spelled, not the values: only the way down can use it"),
                "go down to before the migration",
            )),
        }
    }

    /// Rejects name the table that they came from, and hold the whole row.
    fn rejects(&mut self, schema: &Schema, item: &Item) -> Result<What> {
        let own = item.table.name.sql();
        let name = &item.kept.name;
        let sources = self.db.query_own(&format!("SELECT DISTINCT source FROM {own} ORDER BY 1"), &[])?;
        if sources.is_empty() {
            return Err(refused(format!("{name} is empty"), "there is nothing to bring back"));
        }
        let mut found = Vec::new();
        for row in &sources {
            let source: String = row.at(0)?;
            let known = |t: &&Table| t.name.to_string() == source;
            let Some(table) = schema.tables.iter().find(known) else {
                return Err(refused(
                    format!("rows of {name} came from {source}, and there is no such table now"),
                    "go down to before the migration, or make the table again first",
                ));
            };
            let columns = self.columns_of_rejects(&own, &source)?;
            for column in &columns {
                let Some(there) = table.column(column, schema.dialect) else {
                    return Err(refused(
                        format!("rows of {name} have a column {column}, and {source} has none"),
                        "the table must have the columns that it had",
                    ));
                };
                let binary = ["bytea", "blob"].iter().any(|b| there.data_type.to_lowercase().contains(b));
                if binary || (schema.dialect == Dialect::Sqlite && column.contains('"')) {
                    return Err(refused(
                        format!("the values of {source}.{column} cannot be read back from JSON as they were"),
                        "write them by a migration of your own",
                    ));
                }
            }
            found.push((source, table.name.clone(), columns));
        }
        Ok(What::Rejects { sources: found })
    }

    /// The columns of the rows that came from there; all must have the same.
    fn columns_of_rejects(&mut self, own: &str, source: &str) -> Result<Vec<String>> {
        let mut columns: Option<BTreeSet<String>> = None;
        let mut differ = false;
        let sql = format!("SELECT CAST(\"row\" AS text) FROM {own} WHERE source = $1");
        self.db.query_each(&sql, &[source.into()], &mut |row| {
            let text: String = row.at(0)?;
            let json: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&text).unwrap_or_default();
            let keys: BTreeSet<String> = json.keys().cloned().collect();
            differ |= keys.is_empty() || columns.as_ref().is_some_and(|columns| *columns != keys);
            columns.get_or_insert(keys);
            Ok(())
        })?;
        match columns {
            Some(columns) if !differ => Ok(columns.into_iter().collect()),
            Some(_) | None => Err(refused(
                format!("the rows that came from {source} do not all have the same columns"),
                "write them by a migration of your own",
            )),
        }
    }

    /// How many rejects are older than that.
    pub(super) fn rejected_before(&mut self, item: &Item, cutoff: OffsetDateTime) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {} WHERE rejected_at < $1", item.table.name.sql());
        let rows = self.db.query_own(&sql, &[format_timestamp(cutoff).into()])?;
        let found: i64 = rows.first().map(|row| row.at(0)).transpose()?.unwrap_or_default();
        Ok(u64::try_from(found).unwrap_or_default())
    }

    /// What is made of a table that is to be dropped. PostgreSQL says so by itself; SQLite would leave it broken.
    pub(super) fn refuse_dependents(&mut self, schema: &Schema, item: &Item) -> Result<()> {
        let made_of = |o: &&switchback_plan::schema::Object| {
            matches!(o.kind, Kind::View | Kind::MaterializedView | Kind::Trigger)
                && mentions(schema.dialect, &o.definition, &item.table.name.name)
        };
        match schema.objects.iter().find(made_of) {
            None => Ok(()),
            Some(object) => Err(refused(
                format!("the {} is made of {}", object.label(), item.kept.name),
                "drop it first, by a migration",
            )),
        }
    }
}

/// Where another table refers to one that goes, its rows would go with it (CASCADE), or be left without what they refer
/// to. PostgreSQL refuses a DROP by itself, SQLite deletes first. What goes in the same transaction may refer to it.
pub(super) fn refuse_referred(schema: &Schema, doings: &[Doing]) -> Result<()> {
    let same = |a: &Name, b: &Name| {
        a == b || (schema.dialect == Dialect::Sqlite && a.name.eq_ignore_ascii_case(&b.name))
    };
    let dropped =
        |name: &Name| doings.iter().any(|d| matches!(d.what, What::Drop) && d.item.table.name == *name);
    let goes = |d: &&Doing| matches!(d.what, What::Drop | What::DeleteBefore { .. });
    for doing in doings.iter().filter(goes) {
        let own = &doing.item.table.name;
        let refers = |table: &&Table| {
            let mut references = table.constraints.iter().filter_map(|c| c.references.as_ref());
            table.name != *own && !dropped(&table.name) && references.any(|r| same(&r.table, own))
        };
        if let Some(table) = schema.tables.iter().find(refers) {
            return Err(refused(
                format!("{} refers to {} by a foreign key", table.name, doing.item.kept.name),
                "drop that key, or let it refer to the table that it is meant for, by a migration",
            ));
        }
    }
    Ok(())
}

fn unknown_origin(item: &Item) -> Error {
    refused(
        format!("nothing says where the rows of {} came from, or that table is gone", item.kept.name),
        "go down to before the migration, or write them by a migration of your own",
    )
}

fn origin<'s>(schema: &'s Schema, item: &Item) -> Result<&'s Table> {
    item.from.as_ref().and_then(|from| schema.table(from)).ok_or_else(|| unknown_origin(item))
}

fn values(schema: &Schema, item: &Item) -> Result<What> {
    let name = &item.kept.name;
    let key = item.table.primary_key().map_or(&[][..], |key| &key.columns);
    // A table of the old values of a column that was filled knows its table too; of a dropped column, the version alone.
    let table = origin(schema, item)?;
    let mut pairs = Vec::new();
    for column in item.table.columns.iter().filter(|c| c.name != FILLED) {
        let is_key = key.contains(&column.name);
        let Some(there) = table.column(&column.name, schema.dialect) else {
            return Err(refused(
                format!(
                    "{} has no column {} now, for which {name} holds the values",
                    table.name, column.name
                ),
                "go down to before the migration, or add the column first, by a migration",
            ));
        };
        if there.generated.is_some() {
            return Err(refused(
                format!("{}.{} is made of other columns", table.name, column.name),
                "its values cannot be set",
            ));
        }
        pairs.push((there.name.clone(), (!is_key).then(|| there.data_type.clone())));
    }
    Ok(What::Values { table: table.name.clone(), pairs })
}

fn rows(schema: &Schema, item: &Item) -> Result<What> {
    let table = origin(schema, item)?;
    let mut columns = Vec::new();
    for column in &item.table.columns {
        match table.column(&column.name, schema.dialect) {
            Some(there) if there.generated.is_none() => {
                columns.push((there.name.clone(), there.data_type.clone()));
            }
            Some(_) => {}
            None => {
                return Err(refused(
                    format!("{} has no column {} now, which the rows have", table.name, column.name),
                    "the table must have the columns that it had",
                ));
            }
        }
    }
    Ok(What::Rows { table: table.name.clone(), columns })
}

fn archive(schema: &Schema, item: &Item) -> Result<What> {
    let name = &item.kept.name;
    let Some(table) = item.from.clone() else { return Err(unknown_origin(item)) };
    if schema.table(&table).is_some()
        || schema.objects.iter().any(|o| o.kind == Kind::View && o.name == table)
    {
        return Err(refused(
            format!("the name {table} is taken, so {name} cannot have it back"),
            "copy the rows that you want by a migration, or rename what has the name",
        ));
    }
    if !item.statements.is_empty() {
        return Ok(What::Table { table, statements: item.statements.clone() });
    }
    // A copy of SQLite's without its types is no table that anybody had.
    if item.table.columns.iter().all(|c| c.data_type.is_empty()) {
        return Err(refused(
            format!("{name} is a copy without types, and nothing says what the table was"),
            "make the table again by a migration, and copy the rows",
        ));
    }
    let rename = format!("ALTER TABLE {} RENAME TO {}", item.table.name.sql(), ident(&table.name));
    Ok(What::Table { table, statements: vec![rename] })
}
