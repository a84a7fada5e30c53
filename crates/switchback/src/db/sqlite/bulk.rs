//! Many rows at once, by one prepared statement.

use super::{Sqlite, in_statement, value};
use crate::db::wrong_length;
use crate::value::Value;
use switchback_plan::Result;
use switchback_plan::quote::{ident, qualified};

impl Sqlite {
    pub fn bulk_insert(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        let names: Vec<String> = columns.iter().map(|c| ident(c)).collect();
        let marks: Vec<String> = (1..=columns.len()).map(|i| format!("?{i}")).collect();
        let sql =
            format!("INSERT INTO {} ({}) VALUES ({})", qualified(table), names.join(", "), marks.join(", "));
        self.many(&sql, table, columns.len(), rows)
    }

    pub fn bulk_update(
        &mut self,
        table: &str,
        key: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        let sets: Vec<String> =
            columns.iter().enumerate().map(|(i, c)| format!("{} = ?{}", ident(c), i + 2)).collect();
        let sql = format!("UPDATE {} SET {} WHERE {} = ?1", qualified(table), sets.join(", "), ident(key));
        self.many(&sql, table, columns.len() + 1, rows)
    }

    fn many(
        &mut self,
        sql: &str,
        table: &str,
        width: usize,
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        let mut prepared = self.conn.prepare_cached(sql).map_err(|e| in_statement(&e, sql))?;
        let mut written = 0;
        for row in rows {
            if row.len() != width {
                return Err(wrong_length(table, width, row.len()));
            }
            written += prepared
                .execute(rusqlite::params_from_iter(row.iter().map(value::Bind)))
                .map_err(|e| in_statement(&e, sql))? as u64;
        }
        Ok(written)
    }
}
