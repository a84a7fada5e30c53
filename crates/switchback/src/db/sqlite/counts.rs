//! Rows of tables that are small enough to be counted besides.

use super::{Sqlite, error};
use crate::db::QUICKLY;
use crate::store::OWN_TABLES;
use std::collections::BTreeMap;
use switchback_plan::Result;
use switchback_plan::quote::ident;

impl Sqlite {
    /// Rows by table; `None` where there are too many.
    pub fn quick_counts(&mut self, wanted: &dyn Fn(&str) -> bool) -> Result<BTreeMap<String, Option<u64>>> {
        let sql =
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'create virtual%'
                   AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let mut asked = self.conn.prepare(sql).map_err(|e| error(&e))?;
        let names = asked.query_map([], |row| row.get(0)).map_err(|e| error(&e))?;
        let names: Vec<String> = names.collect::<rusqlite::Result<_>>().map_err(|e| error(&e))?;
        let mut counts = BTreeMap::new();
        for name in names {
            if OWN_TABLES.contains(&name.as_str()) || !wanted(&name) {
                continue;
            }
            let few = format!("SELECT 1 FROM main.{} LIMIT {}", ident(&name), QUICKLY + 1);
            let sql = format!("SELECT count(*) FROM ({few})");
            let count: i64 = self.conn.query_row(&sql, [], |row| row.get(0)).map_err(|e| error(&e))?;
            counts.insert(name, u64::try_from(count).ok().filter(|n| *n <= QUICKLY));
        }
        Ok(counts)
    }
}
