//! Rows that break foreign keys, which the server believes to be whole.

use super::Postgres;
use crate::db::BrokenKey;
use postgres::SimpleQueryRow;
use switchback_plan::quote::ident;
use switchback_plan::{Error, ErrorKind, Result};

/// Every foreign key that can be looked at, with its columns, those of the parent, and their collation, by which the server
/// compares the two.
const KEYS: &str = "SELECT c.oid, c.conname, c.conrelid::regclass, c.confrelid::regclass, c.convalidated,
      rn.nspname, r.relname, pn.nspname, p.relname,
      (SELECT json_agg(json_build_array(a.attname, b.attname, ln.nspname, l.collname) ORDER BY k.n)
       FROM unnest(c.conkey, c.confkey) WITH ORDINALITY k (child, parent, n)
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.child
         JOIN pg_catalog.pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.parent
         LEFT JOIN pg_catalog.pg_collation l ON l.oid = b.attcollation
         LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace)
    FROM pg_catalog.pg_constraint c
      JOIN pg_catalog.pg_class r ON r.oid = c.conrelid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
      JOIN pg_catalog.pg_class p ON p.oid = c.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    WHERE c.contype = 'f' AND c.conparentid = 0
      AND pg_catalog.has_table_privilege(r.oid, 'SELECT') AND pg_catalog.has_table_privilege(p.oid, 'SELECT') ORDER BY 3, 2";

/// A column of the key, the parent's, and the schema and name of that one's collation.
type Pair = (String, String, Option<String>, Option<String>);

impl Postgres {
    /// The foreign keys of these tables that rows break, also those that are NOT VALID.
    pub fn broken_keys(&mut self, touched: &dyn Fn(&str) -> bool) -> Result<Vec<BrokenKey>> {
        let mut broken = Vec::new();
        for row in self.query_texts(KEYS)?.into_iter().flatten() {
            let text = |i| row.get(i).unwrap_or_default();
            if !(touched(text(6)) || touched(text(8))) {
                continue;
            }
            let found = self.query_texts(&orphans(&row)?)?;
            let rows = found.first().and_then(|r| r.first()).and_then(|r| r.get(0));
            let rows = rows.and_then(|n| n.parse().ok()).unwrap_or_default();
            if rows > 0 {
                broken.push(BrokenKey {
                    id: text(0).to_owned(),
                    name: text(1).to_owned(),
                    table: text(2).to_owned(),
                    parent: text(3).to_owned(),
                    validated: text(4) == "t",
                    rows,
                });
            }
        }
        Ok(broken)
    }
}

/// How many rows point nowhere.
fn orphans(key: &SimpleQueryRow) -> Result<String> {
    let text = |i| key.get(i).unwrap_or_default();
    let table = |schema, name| format!("{}.{}", ident(text(schema)), ident(text(name)));
    let columns: Vec<Pair> = serde_json::from_str(text(9)).map_err(|e| {
        Error::new(ErrorKind::Database, format!("the columns of {} cannot be read: {e}", text(1)))
    })?;
    let pairs: Vec<String> = columns
        .iter()
        .map(|(column, parent, schema, collation)| {
            let collated = match (schema, collation) {
                (Some(schema), Some(name)) => format!(" COLLATE {}.{}", ident(schema), ident(name)),
                _ => String::new(),
            };
            format!("p.{}{collated} = c.{}", ident(parent), ident(column))
        })
        .collect();
    let given: Vec<String> = columns.iter().map(|(c, ..)| format!("c.{} IS NOT NULL", ident(c))).collect();
    Ok(format!(
        "SELECT count(*) FROM {} c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {})",
        table(5, 6),
        given.join(" AND "),
        table(7, 8),
        pairs.join(" AND ")
    ))
}
