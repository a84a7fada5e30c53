//! Rows of tables that are small enough to be counted besides.

use super::Postgres;
use crate::db::QUICKLY;
use crate::store::OWN_TABLES;
use postgres::SimpleQueryRow;
use std::collections::BTreeMap;
use switchback_plan::Result;

/// Every table of the user's that can be read, and whether it is small: dead rows are read, too.
const TABLES: &str = "SELECT c.relname, c.oid::regclass, pg_catalog.pg_relation_size(c.oid) <= 16777216
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 2";

/// Nobody waits for what is only told.
const BRIEFLY: &str = "BEGIN READ ONLY; SET LOCAL lock_timeout = '200ms'; ";

impl Postgres {
    fn briefly(&mut self, sql: &str) -> Result<Vec<Vec<SimpleQueryRow>>> {
        let answers = self.query_texts(&format!("{BRIEFLY}{sql}; COMMIT"));
        answers.inspect_err(|_| self.rollback())
    }

    /// Rows by table; `None` where there are too many.
    pub fn quick_counts(&mut self, wanted: &dyn Fn(&str) -> bool) -> Result<BTreeMap<String, Option<u64>>> {
        let mut counts = BTreeMap::new();
        let mut questions = Vec::new();
        for row in self.briefly(TABLES)?.into_iter().flatten() {
            let text = |i| row.get(i).unwrap_or_default();
            if OWN_TABLES.contains(&text(0)) || !wanted(text(0)) {
                continue;
            }
            counts.insert(text(1).to_owned(), None);
            if text(2) == "t" {
                let table = text(1);
                let sql = format!("SELECT count(*) FROM (SELECT FROM {table} LIMIT {}) few", QUICKLY + 1);
                questions.push((table.to_owned(), sql));
            }
        }
        let sql: Vec<&str> = questions.iter().map(|(_, sql)| sql.as_str()).collect();
        let answers = if sql.is_empty() { Vec::new() } else { self.briefly(&sql.join("; "))? };
        for ((table, _), rows) in questions.iter().zip(answers) {
            let count = rows.first().and_then(|row| row.get(0)).and_then(|n| n.parse().ok());
            counts.insert(table.clone(), count.filter(|n: &u64| *n <= QUICKLY));
        }
        Ok(counts)
    }
}
