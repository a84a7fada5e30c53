//! Two round trips: which tables and sequences there are, where that may have changed, and then the content of all of
//! them in one message of prepared queries: to plan each of them anew would take longer than to run it.

use super::{Content, Sum, Table, Written};
use crate::db::postgres::Postgres;
use crate::store::OWN_TABLES;
use postgres::SimpleQueryRow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
        WHERE r.oid = pg_catalog.pg_partition_root(c.oid)) END, c.oid::bigint
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'S') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
      AND d.objid = c.oid AND d.deptype = 'e')
  GROUP BY c.oid, n.nspname, c.relname, c.relkind, c.relispartition"#;

/// A table or sequence.
pub(super) struct Relation {
    oid: i64,
    name: Name,
    /// `None` for a sequence.
    columns: Option<Vec<String>>,
    root: Option<String>,
}

/// Queries that the connection of that number has prepared.
#[derive(Default)]
pub(super) struct Prepared {
    connection: Option<u64>,
    queries: HashMap<(i64, String), usize>,
    next: usize,
}

pub(super) fn read(
    db: &mut Postgres,
    relations: &[Relation],
    large: &BTreeSet<String>,
    prepared: &mut Prepared,
) -> Result<Content> {
    let mut content = Content::default();
    if relations.is_empty() {
        return Ok(content);
    }
    let is_large = |r: &Relation| large.contains(&r.name.to_string());
    let queries: Vec<(i64, String)> = relations.iter().map(|r| (r.oid, query(r, is_large(r)))).collect();
    let results = prepared.all(db, &queries)?;
    if results.len() != relations.len() {
        return Err(Error::new(
            ErrorKind::Database,
            "the server answered fewer queries of tables than it was asked",
        ));
    }
    for (relation, rows) in relations.iter().zip(results) {
        let shown = relation.name.to_string();
        let mut texts = rows.iter().map(|row| row.try_get(0).ok().flatten().unwrap_or_default());
        let Some(columns) = relation.columns.clone() else {
            content.sequences.insert(shown, texts.next().unwrap_or_default().to_owned());
            continue;
        };
        let large = is_large(relation);
        let mut sum = Sum::new(!large);
        let (rows, digest) = if large {
            hashed(texts.next().unwrap_or_default())
        } else {
            texts.for_each(|text| {
                sum.add(text.as_bytes());
                sum.keep(text.to_owned());
            });
            (sum.rows, sum.digest())
        };
        let (name, root) = (relation.name.clone(), relation.root.clone());
        let kept = sum.kept;
        content.tables.insert(shown, Table { name, columns, root, rows, digest, kept });
    }
    Ok(content)
}

/// Table by table, all of them by the server's hashes.
pub(super) fn digest(db: &mut Postgres, each: &mut dyn FnMut(&str, u64)) -> Result<Content> {
    let mut content = Content::default();
    for relation in relations_now(db)? {
        let shown = relation.name.to_string();
        let results = db.query_texts(&query(&relation, true))?;
        let text = results.iter().flatten().next().and_then(|row| row.try_get(0).ok().flatten());
        let text = text.unwrap_or_default().to_owned();
        let Some(columns) = relation.columns else {
            content.sequences.insert(shown, text);
            continue;
        };
        let (rows, digest) = hashed(&text);
        each(&shown, rows);
        let Relation { name, root, .. } = relation;
        content.tables.insert(shown, Table { name, columns, root, rows, digest, kept: None });
    }
    Ok(content)
}

/// Without a snapshot the rows are counted alone. A row is of a transaction that the snapshot did not see when it is
/// not older than the snapshot's end, or was under way then.
pub(super) fn written_since(db: &mut Postgres, snapshot: Option<&str>, own: &[u32]) -> Result<Vec<Written>> {
    let since = match snapshot {
        None => "false".to_owned(),
        Some(snapshot) => {
            let mut parts = snapshot.split(':').skip(1);
            // Rows keep the lower 32 bits.
            let short = |xid: &str| xid.parse::<u64>().map(|xid| xid % (1 << 32)).ok();
            let bad = || Error::new(ErrorKind::Backup, format!("{snapshot} is no snapshot"));
            let end = parts.next().and_then(short).ok_or_else(bad)?;
            let running: Vec<String> = parts
                .next()
                .into_iter()
                .flat_map(|list| list.split(','))
                .filter_map(|xid| short(xid).map(|xid| format!("'{xid}'")))
                .collect();
            let running = if running.is_empty() { "NULL".to_owned() } else { running.join(", ") };
            let own: Vec<String> = own.iter().map(|xid| format!("'{xid}'")).collect();
            let own = if own.is_empty() {
                String::new()
            } else {
                format!(" AND xmin::text NOT IN ({})", own.join(", "))
            };
            format!("(age(xmin) <= age('{end}'::xid) OR xmin::text IN ({running})){own}")
        }
    };
    let mut all = Vec::new();
    for relation in relations_now(db)?.iter().filter(|r| r.columns.is_some()) {
        let name = relation.name.sql();
        let results =
            db.query_texts(&format!("SELECT count(*), count(*) FILTER (WHERE {since}) FROM ONLY {name}"))?;
        let number = |at: usize| {
            let text = results.iter().flatten().next().and_then(|row| row.try_get(at).ok().flatten());
            text.and_then(|t| t.parse().ok()).unwrap_or_default()
        };
        all.push(Written { table: relation.name.to_string(), rows: number(0), written: number(1) });
    }
    Ok(all)
}

pub(super) fn counters(db: &mut Postgres) -> Result<BTreeMap<String, String>> {
    let mut counters = BTreeMap::new();
    for relation in relations_now(db)?.iter().filter(|r| r.columns.is_none()) {
        let results = db.query_texts(&query(relation, true))?;
        let text = results.iter().flatten().next().and_then(|row| row.try_get(0).ok().flatten());
        counters.insert(relation.name.to_string(), text.unwrap_or_default().to_owned());
    }
    Ok(counters)
}

/// What the query of a large table answers: the number of its rows, and the sums of their hashes.
fn hashed(answer: &str) -> (u64, String) {
    let (rows, digest) = answer.split_once(' ').unwrap_or_default();
    (rows.parse().unwrap_or_default(), digest.to_owned())
}

impl Prepared {
    /// Runs the queries; anew where a migration has said DISCARD ALL.
    fn all(&mut self, db: &mut Postgres, queries: &[(i64, String)]) -> Result<Vec<Vec<SimpleQueryRow>>> {
        match self.run(db, queries) {
            Err(e) if e.server_code() == Some("26000") => {
                self.connection = None;
                self.run(db, queries)
            }
            results => results,
        }
    }

    /// Runs the queries, in one message. What a name means is found again when it is first used, so that a query is
    /// kept for one table under one name.
    fn run(&mut self, db: &mut Postgres, queries: &[(i64, String)]) -> Result<Vec<Vec<SimpleQueryRow>>> {
        if self.connection != Some(db.number()) {
            self.queries.clear();
            self.connection = Some(db.number());
        }
        let (mut prepare, mut execute) = (String::new(), String::new());
        let mut new = Vec::new();
        for query in queries {
            let number = match self.queries.get(query) {
                Some(number) => *number,
                None => {
                    self.next += 1;
                    prepare.push_str(&format!("PREPARE switchback_rows_{} AS {};\n", self.next, query.1));
                    new.push((query.clone(), self.next));
                    self.next
                }
            };
            execute.push_str(&format!("EXECUTE switchback_rows_{number};\n"));
        }
        let results = db.query_texts(&format!("{prepare}{execute}"))?;
        self.queries.extend(new);
        Ok(results)
    }
}

/// The tables and sequences that there are.
pub(super) fn relations(db: &mut Postgres, prepared: &mut Prepared) -> Result<Vec<Relation>> {
    let results = prepared.all(db, &[(0, RELATIONS.to_owned())])?;
    Ok(results.iter().flatten().filter_map(Relation::read).collect())
}

/// The same, asked once.
fn relations_now(db: &mut Postgres) -> Result<Vec<Relation>> {
    let results = db.query_texts(RELATIONS)?;
    Ok(results.iter().flatten().filter_map(Relation::read).collect())
}

impl Relation {
    /// `None` for one of those that keep the history.
    fn read(row: &SimpleQueryRow) -> Option<Relation> {
        let text = |at: usize| row.try_get(at).ok().flatten();
        let name = Name { schema: text(0).map(str::to_owned), name: text(1).unwrap_or_default().to_owned() };
        let columns = || text(3).and_then(|c| serde_json::from_str(c).ok()).unwrap_or_default();
        (!OWN_TABLES.contains(&name.name.as_str())).then(|| Relation {
            oid: text(5).and_then(|oid| oid.parse().ok()).unwrap_or_default(),
            name,
            columns: (text(2) != Some("t")).then(columns),
            root: text(4).map(str::to_owned),
        })
    }
}

/// The rows themselves; of a large table the server's own hashes of them, added up.
fn query(relation: &Relation, large: bool) -> String {
    let name = relation.name.sql();
    if relation.columns.is_none() {
        return format!(
            "SELECT last_value::text || CASE WHEN is_called THEN '' ELSE ' (next)' END FROM {name}"
        );
    }
    if large {
        // By name, so that the order of columns does not count.
        let mut columns: Vec<String> = relation.columns.iter().flatten().map(|c| ident(c)).collect();
        columns.sort();
        let row = columns.join(", ");
        // OFFSET 0 keeps the inner query one of its own, so that a row becomes a text once and not for each hash.
        let hash =
            |seed: u8| format!("coalesce(sum(pg_catalog.hashtextextended(switchback_row, {seed})), 0)");
        return format!(
            "SELECT count(*) || ' ' || {} || ' ' || {} FROM (SELECT ROW({row})::text COLLATE \"C\" AS switchback_row FROM ONLY {name} OFFSET 0) AS rows",
            hash(0),
            hash(1)
        );
    }
    format!("SELECT switchback_row::text FROM ONLY {name} AS switchback_row")
}
