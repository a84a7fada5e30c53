//! Two round trips: which tables and sequences there are, and then the content of all of them in one query.

use super::{Content, Sum, Table};
use crate::db::postgres::Postgres;
use crate::store::OWN_TABLES;
use std::collections::BTreeSet;
use switchback_plan::quote::ident;
use switchback_plan::schema::Name;
use switchback_plan::{Error, ErrorKind, Result};

/// Leaf partitions and inheriting tables each by themselves. What a materialized view holds is derived; foreign tables
/// are another server's; what is temporary is gone with the session.
const RELATIONS: &str = r#"SELECT CASE WHEN n.nspname = current_schema() THEN NULL ELSE n.nspname::text END, c.relname::text,
    c.relkind = 'S', json_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attnum IS NOT NULL)::text,
    CASE WHEN c.relispartition THEN (SELECT CASE WHEN rn.nspname = current_schema() THEN r.relname::text
          ELSE rn.nspname || '.' || r.relname END
        FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
        WHERE r.oid = pg_catalog.pg_partition_root(c.oid)) END
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'S') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
      AND d.objid = c.oid AND d.deptype = 'e')
  GROUP BY c.oid, n.nspname, c.relname, c.relkind, c.relispartition"#;

/// A table or sequence.
pub(super) struct Relation {
    name: Name,
    /// `None` for a sequence.
    columns: Option<Vec<String>>,
    root: Option<String>,
}

pub(super) fn read(db: &mut Postgres, relations: &[Relation], large: &BTreeSet<String>) -> Result<Content> {
    let mut content = Content::default();
    if relations.is_empty() {
        return Ok(content);
    }
    let parts: Vec<String> =
        relations.iter().enumerate().map(|(i, r)| part(i, r, large.contains(&r.name.to_string()))).collect();
    let mut sums: Vec<Sum> =
        relations.iter().map(|r| Sum::new(!large.contains(&r.name.to_string()))).collect();
    let mut texts: Vec<Option<String>> = vec![None; relations.len()];
    for row in db.query_own(&parts.join("\nUNION ALL "), &[])? {
        let index = usize::try_from(row.at::<i64>(0)?).unwrap_or_default();
        let Some(text) = row.at::<Option<String>>(1)? else { continue };
        let relation = relations.get(index).ok_or_else(|| {
            Error::new(ErrorKind::Database, "the server answered for a table that was not asked about")
        })?;
        if relation.columns.is_none() || large.contains(&relation.name.to_string()) {
            texts[index] = Some(text);
        } else {
            sums[index].add(text);
        }
    }
    for ((relation, sum), text) in relations.iter().zip(sums).zip(texts) {
        let shown = relation.name.to_string();
        let Some(columns) = relation.columns.clone() else {
            content.sequences.insert(shown, text.unwrap_or_default());
            continue;
        };
        let (rows, digest) = match text.as_deref().and_then(|t| t.split_once(' ')) {
            Some((rows, digest)) => (rows.parse().unwrap_or_default(), digest.to_owned()),
            None => (sum.rows, sum.digest()),
        };
        let table = Table {
            name: relation.name.clone(),
            columns,
            root: relation.root.clone(),
            rows,
            digest,
            kept: sum.kept,
        };
        content.tables.insert(shown, table);
    }
    Ok(content)
}

/// The tables and sequences that there are.
pub(super) fn relations(db: &mut Postgres) -> Result<Vec<Relation>> {
    let mut relations = Vec::new();
    for row in db.query_own(RELATIONS, &[])? {
        let name = Name { schema: row.at(0)?, name: row.at(1)? };
        if OWN_TABLES.contains(&name.name.as_str()) {
            continue;
        }
        let sequence: bool = row.at(2)?;
        let columns: Option<String> = row.at(3)?;
        let columns = (!sequence)
            .then(|| columns.as_deref().and_then(|c| serde_json::from_str(c).ok()).unwrap_or_default());
        relations.push(Relation { name, columns, root: row.at(4)? });
    }
    Ok(relations)
}

/// The rows themselves; of a large table the server's own hashes of them, added up.
fn part(index: usize, relation: &Relation, large: bool) -> String {
    let name = relation.name.sql();
    if relation.columns.is_none() {
        return format!(
            "SELECT {index}, last_value::text || CASE WHEN is_called THEN '' ELSE ' (next)' END FROM {name}"
        );
    }
    if large {
        // By name, so that the order of columns does not count.
        let mut columns: Vec<String> = relation.columns.iter().flatten().map(|c| ident(c)).collect();
        columns.sort();
        let row = columns.join(", ");
        let hash = |seed: u8| {
            format!(
                "coalesce(sum(pg_catalog.hashtextextended(ROW({row})::text COLLATE \"C\", {seed})::numeric), 0)"
            )
        };
        return format!(
            "SELECT {index}, count(*) || ' ' || {} || ' ' || {} FROM ONLY {name} AS switchback_row",
            hash(0),
            hash(1)
        );
    }
    format!("SELECT {index}, switchback_row::text FROM ONLY {name} AS switchback_row")
}
