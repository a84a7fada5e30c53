//! What the data says, before any lock is taken: the queries, and what their answers mean.
//!
//! One scan a table comes first: it counts the rows, the NULLs and what would not come back byte for byte. Only where
//! that is not nothing are values told apart by how they are spelled.

use super::keep;
use super::spelling::Spelling;
use super::{ConvertKey, Graph, KeyColumn, OnInvalid, OnNoncanonical, Work, closure};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Dialect;
use crate::quote::ident;
use crate::schema::{Column, ConstraintKind, Schema};
use serde::Serialize;

/// Sample values of each sort.
const SAMPLES: usize = 10;

/// The answer to a query: rows of cells, all of them text.
pub type Rows = Vec<Vec<Option<String>>>;

/// What one column holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `users.id`.
    pub column: String,
    /// Rows of its table.
    pub rows: u64,
    /// NULLs among them.
    pub nulls: u64,
    /// Values that are converted as they are.
    pub canonical: u64,
    /// Values of other spellings, and values that are no UUID.
    pub odd: Vec<Odd>,
    /// Groups of rows that would have the same key.
    pub duplicates: Odd,
    /// Values that refer to no row.
    pub dangling: Odd,
    /// A foreign key ties it: what dangles breaks that.
    pub enforced: bool,
}

/// Values of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Odd {
    /// `upper-case`, `braces`, `no hyphens`, `blanks`, `invalid`, …
    pub kind: &'static str,
    /// How many.
    pub rows: u64,
    /// Up to ten of them.
    pub samples: Vec<String>,
}

/// What was found in all columns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Preflight {
    /// Column by column.
    pub findings: Vec<Finding>,
}

/// Asks all that has to be known. `ask` runs a query that reads, and returns its cells as text.
///
/// # Errors
/// What `ask` returns, and what [`compile`](crate::operation::compile) refuses: the live schema may have moved.
pub fn run(
    operation: &ConvertKey,
    schema: &Schema,
    ask: &mut dyn FnMut(&str) -> Result<Rows>,
) -> Result<Preflight> {
    let operation = &operation.resolved(schema)?;
    let graph = operation.graph(schema)?;
    let mut findings = Vec::new();
    for work in &graph.tables {
        findings.extend(table(&graph, work, ask)?);
    }
    duplicates(&graph, &mut findings, ask)?;
    dangling(operation, &graph, &mut findings, ask)?;
    Ok(Preflight { findings })
}

fn place(work: &Work<'_>, column: &Column) -> String {
    format!("{}.{}", work.table.name, column.name)
}

fn number(cell: Option<&Option<String>>) -> u64 {
    cell.and_then(Option::as_deref).and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The columns of a table, in one scan where all is well.
fn table(
    graph: &Graph<'_>,
    work: &Work<'_>,
    ask: &mut dyn FnMut(&str) -> Result<Rows>,
) -> Result<Vec<Finding>> {
    let dialect = graph.schema.dialect;
    let name = work.table.name.sql();
    let mut parts = vec!["CAST(count(*) AS text)".to_owned()];
    for column in &work.columns {
        let column = ident(&column.name);
        parts.push(format!("CAST(count({column}) AS text)"));
        parts.push(match dialect {
            Dialect::Postgres => format!(
                "CAST(count(*) FILTER (WHERE {column}::uuid::text <> {column}::text COLLATE \"C\") AS text)"
            ),
            Dialect::Sqlite => format!(
                "CAST(CAST(total(switchback_uuid_spelling({column}) NOT IN ('canonical', 'native')) AS INTEGER) AS text)"
            ),
        });
    }
    let quick = match ask(&format!("SELECT {} FROM {name}", parts.join(", "))) {
        // A value that is no UUID at all, or the cast of another type.
        Err(e) if matches!(e.server_code(), Some("22P02")) => None,
        other => Some(other?),
    };
    let mut findings = Vec::new();
    for (i, column) in work.columns.iter().enumerate() {
        let row = quick.as_ref().and_then(|rows| rows.first());
        let (rows, filled, odd) = match row {
            Some(row) => (number(row.first()), number(row.get(1 + 2 * i)), number(row.get(2 + 2 * i))),
            None => {
                let count = format!(
                    "SELECT CAST(count(*) AS text), CAST(count({}) AS text) FROM {name}",
                    ident(&column.name)
                );
                let answer = ask(&count)?;
                let row = answer.first();
                (number(row.and_then(|r| r.first())), number(row.and_then(|r| r.get(1))), 1)
            }
        };
        let odd = if odd == 0 { Vec::new() } else { classify(dialect, &name, column, ask)? };
        findings.push(Finding {
            column: place(work, column),
            rows,
            nulls: rows - filled.min(rows),
            canonical: filled - odd.iter().map(|o| o.rows).sum::<u64>().min(filled),
            odd,
            duplicates: Odd { kind: "duplicate after normalising", ..Odd::default() },
            dangling: Odd { kind: "dangling", ..Odd::default() },
            enforced: false,
        });
    }
    Ok(findings)
}

/// How PostgreSQL tells spellings apart: as [`super::spelling::read`] does, in the same order.
fn kind(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("switchback_uuid_spelling({column})"),
        Dialect::Postgres => {
            // A regular expression needs a collation that tells all texts apart.
            let value = format!("({column}::text COLLATE \"C\")");
            let shape = "[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7}";
            let blank = "E' \\t\\n\\r\\f'";
            format!(
                "CASE WHEN {value} ~ '^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}$' THEN 'canonical' \
                 WHEN btrim({value}, {blank}) !~ '^({shape}|\\{{{shape}\\}})$' THEN 'invalid' \
                 WHEN btrim({value}, {blank}) <> {value} THEN 'blanks' \
                 WHEN {value} ~ '^\\{{' THEN 'braces' \
                 WHEN {value} !~ '^[0-9a-fA-F]{{8}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{12}}$' THEN 'no hyphens' \
                 ELSE 'upper-case' END"
            )
        }
    }
}

/// A value of any spelling as what it becomes; what is no UUID stays as it is.
fn normal(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!(
            "CASE WHEN switchback_uuid_spelling({column}) = 'invalid' THEN {column} ELSE switchback_uuid_read({column}) END"
        ),
        Dialect::Postgres => {
            let kind = kind(dialect, column);
            format!(
                "CASE WHEN {kind} = 'invalid' THEN {column}::text ELSE btrim({column}::text, E' \\t\\n\\r\\f')::uuid::text END"
            )
        }
    }
}

fn classify(
    dialect: Dialect,
    table: &str,
    column: &Column,
    ask: &mut dyn FnMut(&str) -> Result<Rows>,
) -> Result<Vec<Odd>> {
    let column = ident(&column.name);
    let kind = kind(dialect, &column);
    let counted = ask(&format!(
        "SELECT {kind}, CAST(count(*) AS text) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1"
    ))?;
    let mut found = Vec::new();
    for spelling in Spelling::ALL.into_iter().filter(|s| *s != Spelling::Canonical) {
        let row = counted.iter().find(|r| r.first().and_then(Option::as_deref) == Some(spelling.as_str()));
        let Some(row) = row else { continue };
        let samples = ask(&format!(
            "SELECT DISTINCT CAST({column} AS text) FROM {table} WHERE {column} IS NOT NULL AND {kind} = '{}' ORDER BY 1 LIMIT {SAMPLES}",
            spelling.as_str()
        ))?;
        found.push(Odd {
            kind: spelling.as_str(),
            rows: number(row.get(1)),
            samples: samples.into_iter().filter_map(|r| r.into_iter().next().flatten()).collect(),
        });
    }
    Ok(found)
}

/// Rows that would have the same key: only where something is misspelt can there be any.
fn duplicates(
    graph: &Graph<'_>,
    findings: &mut [Finding],
    ask: &mut dyn FnMut(&str) -> Result<Rows>,
) -> Result<()> {
    let dialect = graph.schema.dialect;
    for work in &graph.tables {
        let constraints = work.table.constraints.iter();
        let mut keys: Vec<&[String]> = constraints
            .filter(|c| matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique))
            .map(|c| c.columns.as_slice())
            .collect();
        let columns: Vec<Vec<String>> = work
            .table
            .indexes
            .iter()
            .filter(|i| i.unique && i.predicate.is_none())
            .filter_map(|i| i.columns.iter().cloned().collect())
            .collect();
        keys.extend(columns.iter().map(Vec::as_slice));
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let Some(first) = work.columns.iter().find(|c| key.contains(&c.name)) else { continue };
            let misspelt = |c: &&Column| {
                let place = place(work, c);
                key.contains(&c.name) && findings.iter().any(|f| f.column == place && !f.odd.is_empty())
            };
            if !work.columns.iter().any(misspelt) {
                continue;
            }
            let parts: Vec<String> =
                key.iter().map(|c| if work.has(c) { normal(dialect, &ident(c)) } else { ident(c) }).collect();
            let there: Vec<String> = key.iter().map(|c| format!("{} IS NOT NULL", ident(c))).collect();
            let shown = ident(&first.name);
            let list = match dialect {
                Dialect::Sqlite => format!("group_concat({shown}, ' = ')"),
                Dialect::Postgres => format!("string_agg({shown}::text, ' = ' ORDER BY {shown}::text)"),
            };
            let groups = ask(&format!(
                "SELECT {list} FROM {} WHERE {} GROUP BY {} HAVING count(*) > 1 ORDER BY 1",
                work.table.name.sql(),
                there.join(" AND "),
                parts.join(", ")
            ))?;
            let place = place(work, first);
            if let Some(finding) = findings.iter_mut().find(|f| f.column == place) {
                finding.duplicates.rows += groups.len() as u64;
                let samples = groups.into_iter().filter_map(|r| r.into_iter().next().flatten());
                finding.duplicates.samples.extend(samples.take(SAMPLES));
            }
        }
    }
    Ok(())
}

/// References to nothing: of foreign keys that nobody has checked, and of columns without one.
fn dangling(
    operation: &ConvertKey,
    graph: &Graph<'_>,
    findings: &mut [Finding],
    ask: &mut dyn FnMut(&str) -> Result<Rows>,
) -> Result<()> {
    let schema = graph.schema;
    let mut probes: Vec<(String, bool, String, String)> = Vec::new();
    for work in &graph.tables {
        for key in &work.table.constraints {
            let Some(references) = &key.references else { continue };
            let Some(column) = work.columns.iter().find(|c| key.columns.contains(&c.name)) else { continue };
            if schema.dialect == Dialect::Postgres && key.validated {
                continue;
            }
            let table = closure::table(schema, &references.table);
            let other = table.map_or_else(|| references.table.sql(), |t| t.name.sql());
            let mut there: Vec<String> =
                key.columns.iter().map(|c| format!("c.{} IS NOT NULL", ident(c))).collect();
            there.push(format!(
                "NOT EXISTS (SELECT 1 FROM {other} AS p WHERE {})",
                keep::refers(key, references)
            ));
            let from = format!("{} AS c WHERE {}", work.table.name.sql(), there.join(" AND "));
            probes.push((place(work, column), true, ident(&column.name), from));
        }
    }
    let keys = operation.keys()?;
    for soft in &operation.soft_references {
        let soft = KeyColumn::parse(soft)?;
        let Some((table, column)) = soft.find(schema) else { continue };
        let name = ident(&column.name);
        let absent: Vec<String> = keys
            .iter()
            .filter_map(|k| k.find(schema))
            .map(|(t, c)| {
                // Another spelling of the key is the key.
                let (a, b) = (format!("p.{}", ident(&c.name)), format!("c.{name}"));
                let other = t.name.sql();
                match schema.dialect {
                    // Hashed, where SQLite would look through all keys for each row.
                    Dialect::Postgres => format!(
                        "NOT EXISTS (SELECT 1 FROM {other} AS p WHERE lower({a}::text) = lower({b}::text))"
                    ),
                    Dialect::Sqlite => format!(
                        "lower({b}) NOT IN (SELECT lower({a}) FROM {other} AS p WHERE {a} IS NOT NULL)"
                    ),
                }
            })
            .collect();
        let from =
            format!("{} AS c WHERE c.{name} IS NOT NULL AND {}", table.name.sql(), absent.join(" AND "));
        probes.push((format!("{}.{}", table.name, column.name), false, name, from));
    }
    for (place, enforced, column, from) in probes {
        let Some(finding) = findings.iter_mut().find(|f| f.column == place) else { continue };
        if finding.rows == finding.nulls {
            continue;
        }
        let count = ask(&format!("SELECT CAST(count(*) AS text) FROM {from}"))?;
        let rows = number(count.first().and_then(|r| r.first()));
        if rows == 0 {
            continue;
        }
        let samples =
            ask(&format!("SELECT DISTINCT CAST(c.{column} AS text) FROM {from} ORDER BY 1 LIMIT {SAMPLES}"))?;
        finding.enforced |= enforced;
        finding.dangling.rows += rows;
        finding.dangling.samples.extend(samples.into_iter().filter_map(|r| r.into_iter().next().flatten()));
    }
    Ok(())
}

impl Preflight {
    /// The refusal, where the data cannot be converted as the operation says; `label` names the migration.
    pub fn refusal(&self, operation: &ConvertKey, label: &str) -> Option<Error> {
        let mut said = Vec::new();
        let (mut misspelt, mut invalid, mut duplicate, mut dangling) = (false, false, false, false);
        for finding in &self.findings {
            let stops = |odd: &&Odd| match odd.kind == Spelling::Invalid.as_str() {
                true => operation.on_invalid == OnInvalid::Abort,
                false => operation.on_noncanonical == OnNoncanonical::Abort,
            };
            let mut parts: Vec<String> = Vec::new();
            let odd: Vec<&Odd> = finding.odd.iter().filter(stops).collect();
            for one in &odd {
                misspelt |= one.kind != Spelling::Invalid.as_str();
                invalid |= one.kind == Spelling::Invalid.as_str();
                parts.push(one.said());
            }
            let mut rows: u64 = odd.iter().map(|o| o.rows).sum();
            if finding.duplicates.rows > 0 {
                duplicate = true;
                rows += if odd.is_empty() { finding.duplicates.rows } else { 0 };
                parts.push(finding.duplicates.said());
            }
            if finding.dangling.rows > 0 && finding.enforced {
                dangling = true;
                rows += if odd.is_empty() { finding.dangling.rows } else { 0 };
                parts.push(finding.dangling.said());
            }
            if !parts.is_empty() {
                said.push(format!("{} ({rows}): {}", finding.column, parts.join(", ")));
            }
        }
        if said.is_empty() {
            return None;
        }
        let mut hints = Vec::new();
        if misspelt {
            hints.push("correct the spellings, or say on_noncanonical = \"keep\" in migration.toml");
        }
        if invalid {
            hints.push("correct or delete what is no UUID, or say on_invalid = \"quarantine\"");
        }
        if duplicate {
            hints.push("decide which of the rows with one key stays");
        }
        if dangling {
            hints.push("delete or correct what refers to nothing");
        }
        Some(
            Error::new(
                ErrorKind::Check,
                format!("{label} would not convert these keys as they are: {}", said.join("; ")),
            )
            .hint(format!("{}; nothing was changed and no lock was taken", hints.join("; "))),
        )
    }
}

impl Odd {
    /// `5 upper-case ('ABC…', …)`.
    fn said(&self) -> String {
        let mut samples: Vec<String> = self.samples.iter().take(3).map(|s| format!("'{s}'")).collect();
        if self.samples.len() > 3 {
            samples.push("…".to_owned());
        }
        format!("{} {} ({})", self.rows, self.kind, samples.join(", "))
    }
}
