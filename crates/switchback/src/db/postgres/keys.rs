//! Rows that break foreign keys, which the server believes to be whole.

use super::Postgres;
use crate::db::BrokenKey;
use postgres::SimpleQueryRow;
use switchback_plan::Result;

/// Every foreign key that can be looked at, with its columns as the server quotes them; those of the parent with their
/// collation, by which the server compares the two.
const KEYS: &str = "SELECT c.oid, c.conname, c.conrelid::regclass, c.confrelid::regclass,
      (SELECT string_agg(quote_ident(a.attname), chr(31) ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k (num, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),
      (SELECT string_agg(quote_ident(a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END, chr(31) ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k (num, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num),
      c.convalidated, r.relname, p.relname
    FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class r ON r.oid = c.conrelid JOIN pg_catalog.pg_class p ON p.oid = c.confrelid
    WHERE c.contype = 'f' AND c.conparentid = 0
      AND pg_catalog.has_table_privilege(r.oid, 'SELECT') AND pg_catalog.has_table_privilege(p.oid, 'SELECT') ORDER BY 3, 2";

impl Postgres {
    /// The foreign keys of these tables that rows break, also those that are NOT VALID.
    pub fn broken_keys(&mut self, touched: &dyn Fn(&str) -> bool) -> Result<Vec<BrokenKey>> {
        let mut broken = Vec::new();
        for row in self.query_texts(KEYS)?.into_iter().flatten() {
            let text = |i| row.get(i).unwrap_or_default();
            if !(touched(text(7)) || touched(text(8))) {
                continue;
            }
            let found = self.query_texts(&orphans(&row))?;
            let rows = found.first().and_then(|r| r.first()).and_then(|r| r.get(0));
            let rows = rows.and_then(|n| n.parse().ok()).unwrap_or_default();
            if rows > 0 {
                broken.push(BrokenKey {
                    id: text(0).to_owned(),
                    name: text(1).to_owned(),
                    table: text(2).to_owned(),
                    parent: text(3).to_owned(),
                    validated: text(6) == "t",
                    rows,
                });
            }
        }
        Ok(broken)
    }
}

/// How many rows point nowhere.
fn orphans(key: &SimpleQueryRow) -> String {
    let text = |i| key.get(i).unwrap_or_default();
    let columns: Vec<&str> = text(4).split('\u{1f}').collect();
    let pairs: Vec<String> =
        columns.iter().zip(text(5).split('\u{1f}')).map(|(c, p)| format!("p.{p} = c.{c}")).collect();
    let given: Vec<String> = columns.iter().map(|c| format!("c.{c} IS NOT NULL")).collect();
    format!(
        "SELECT count(*) FROM {} c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {})",
        text(2),
        given.join(" AND "),
        text(3),
        pairs.join(" AND ")
    )
}
