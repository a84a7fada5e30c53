//! Rows of a real database, which is only read.

use super::attempt::attempt;
use crate::connect::{
    Canceller, DatabaseUrl, SessionOptions, connect_postgres, open_sqlite, process_environment,
};
use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::db::sqlite::Sqlite;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use switchback_plan::quote::ident;
use switchback_plan::schema::{Identity, Schema, Table};
use switchback_plan::{Dialect, Result};

/// Rows that are copied of each table.
const COPIED: usize = 50;
/// Rows that are looked at: those whose parents were not copied are left out.
const READ: usize = 500;

/// A database that gives rows.
pub(in crate::prove) struct Donor {
    db: Database,
    /// The columns of each table, by the names of the current schema.
    columns: BTreeMap<String, Vec<String>>,
}

impl Donor {
    /// Opens it so that nothing can be written; `None` for a database of the other engine.
    pub fn open(url: &str, dialect: Dialect, interrupt: &Arc<AtomicBool>) -> Result<Option<Donor>> {
        let url = DatabaseUrl::parse(url)?.with_environment(&process_environment)?;
        if url.dialect() != dialect {
            return Ok(None);
        }
        let interrupt = Arc::clone(interrupt);
        let mut db = match &url {
            DatabaseUrl::Sqlite(target) => {
                let conn = open_sqlite(target, false, true)?;
                Database::Sqlite(Box::new(Sqlite::new(conn, None, interrupt)?))
            }
            DatabaseUrl::Postgres(target) => {
                let client = connect_postgres(target, &SessionOptions::default())?;
                let canceller = Canceller::new(&client, target)?;
                let mut db = Postgres::new(client, canceller, None, interrupt)?;
                db.script("SET default_transaction_read_only = on")?;
                Database::Postgres(Box::new(db))
            }
        };
        let sql = match dialect {
            Dialect::Sqlite => {
                "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, c.cid"
            }
            Dialect::Postgres => {
                "SELECT CASE WHEN n.nspname = current_schema() THEN c.relname::text ELSE n.nspname || '.' || c.relname END, a.attname::text
                 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum"
            }
        };
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in db.query_own(sql, &[])? {
            columns.entry(row.at(0)?).or_default().push(row.at(1)?);
        }
        Ok(Some(Donor { db, columns }))
    }

    /// Copies rows of a table that it has too; how many were taken.
    pub fn copy(&mut self, into: &mut Database, schema: &Schema, table: &Table) -> Result<u32> {
        let Some(own) = self.columns.get(&table.name.to_string()) else { return Ok(0) };
        let common: Vec<&str> = table
            .columns
            .iter()
            .filter(|c| c.generated.is_none() && own.contains(&c.name))
            .map(|c| c.name.as_str())
            .collect();
        if common.is_empty() {
            return Ok(0);
        }
        let quote = |name: &&str| match schema.dialect {
            Dialect::Sqlite => format!("quote({})", ident(name)),
            Dialect::Postgres => format!("pg_catalog.quote_nullable({}::text)", ident(name)),
        };
        // Newest last, so that parents within one table come before their children.
        let sql = format!(
            "SELECT {} FROM {}{} LIMIT {READ}",
            common.iter().map(quote).collect::<Vec<_>>().join(", "),
            table.name.sql(),
            order(table)
        );
        let mut rows = Vec::new();
        for row in self.db.query_own(&sql, &[])? {
            let cells = (0..common.len()).map(|i| row.at(i)).collect::<Result<Vec<String>>>()?;
            rows.push(format!("({})", cells.join(", ")));
        }
        if rows.is_empty() {
            return Ok(0);
        }
        let names: Vec<String> = common.iter().map(|c| ident(c)).collect();
        let always = table.columns.iter().any(|c| c.identity == Some(Identity::Always));
        let overriding = if always { " OVERRIDING SYSTEM VALUE" } else { "" };
        let insert = |rows: &[String]| {
            let names = names.join(", ");
            format!("INSERT INTO {} ({names}){overriding} VALUES {}", table.name.sql(), rows.join(", "))
        };
        let whole = &rows[..rows.len().min(COPIED)];
        if attempt(into, &insert(whole))?.is_none() {
            return Ok(u32::try_from(whole.len()).unwrap_or(u32::MAX));
        }
        let mut copied = 0;
        for row in &rows {
            if attempt(into, &insert(std::slice::from_ref(row)))?.is_none() {
                copied += 1;
            }
            if copied as usize == COPIED {
                break;
            }
        }
        Ok(copied)
    }
}

fn order(table: &Table) -> String {
    match table.primary_key() {
        Some(key) => {
            let columns: Vec<String> = key.columns.iter().map(|c| ident(c)).collect();
            format!(" ORDER BY {}", columns.join(", "))
        }
        None => String::new(),
    }
}
