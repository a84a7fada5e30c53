//! `[[benchmark]]` of a `migration.toml`: one query for before, one for behind.

use crate::error::{Error, Result};
use crate::lex;
use crate::model::{Benchmark, Dialect};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// How many runs the median is taken of, where nothing is said.
const RUNS: u32 = 5;

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    name: Spanned<String>,
    before: Spanned<Query>,
    after: Option<Spanned<Query>>,
    runs: Option<Spanned<u32>>,
    max_slowdown: Option<Spanned<f64>>,
}

/// A query, for both engines or for each.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a query, or { sqlite = \"…\", postgres = \"…\" }")]
enum Query {
    Both(String),
    Each(Each),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Each {
    sqlite: Option<String>,
    postgres: Option<String>,
}

impl Query {
    fn of(&self, dialect: Dialect) -> Option<&str> {
        match (self, dialect) {
            (Query::Both(query), _) => Some(query),
            (Query::Each(each), Dialect::Sqlite) => each.sqlite.as_deref(),
            (Query::Each(each), Dialect::Postgres) => each.postgres.as_deref(),
        }
    }
}

/// What a statement that can be timed begins with: nothing that ends or begins a transaction, for it runs inside one.
const TIMED: [&str; 9] =
    ["select", "with", "values", "table", "insert", "update", "delete", "merge", "replace"];

/// Those that are for that dialect.
pub(super) fn read(
    all: Vec<Raw>,
    dialect: Dialect,
    at: &dyn Fn(Range<usize>, String) -> Error,
) -> Result<Vec<Benchmark>> {
    let mut benchmarks: Vec<Benchmark> = Vec::new();
    for raw in all {
        let (name, span) = (raw.name.get_ref(), raw.name.span());
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(
                at(span, "a benchmark needs a name of one line".to_owned()).hint("the report calls it so")
            );
        }
        if benchmarks.iter().any(|b| b.name == *name) {
            return Err(
                at(span, format!("two benchmarks are called `{name}`")).hint("give each a name of its own")
            );
        }
        let runs = raw.runs.as_ref().map_or(RUNS, |runs| *runs.get_ref());
        if let Some(wrong) = raw.runs.as_ref().filter(|_| !(1..=1000).contains(&runs)) {
            return Err(at(wrong.span(), format!("{runs} runs of `{name}`")).hint("write 1 to 1000"));
        }
        let max_slowdown = raw.max_slowdown.as_ref().map(|most| *most.get_ref());
        if let Some(wrong) =
            raw.max_slowdown.as_ref().filter(|m| !(m.get_ref().is_finite() && *m.get_ref() > 0.0))
        {
            return Err(at(wrong.span(), "`max_slowdown` is no number above 0".to_owned())
                .hint("1.5 lets the query take one and a half times as long as before"));
        }
        let after = raw.after.as_ref().unwrap_or(&raw.before);
        let (before_text, after_text) = (raw.before.get_ref().of(dialect), after.get_ref().of(dialect));
        for (query, span) in [(before_text, raw.before.span()), (after_text, after.span())] {
            if let Some(query) = query {
                timed(dialect, query).map_err(|message| {
                    at(span, format!("`{name}` {message}"))
                        .hint("write one SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE; what it writes is rolled back")
                })?;
            }
        }
        match (before_text, after_text) {
            (Some(before), Some(after)) => benchmarks.push(Benchmark {
                name: name.clone(),
                before: before.trim().to_owned(),
                after: after.trim().to_owned(),
                runs,
                max_slowdown,
            }),
            // One that is written for the other engine only says nothing here.
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => {
                return Err(at(
                    span,
                    format!("`{name}` has a query of {} on one side only", dialect.as_str()),
                )
                .hint("give `before` and `after` the same engines"));
            }
        }
    }
    Ok(benchmarks)
}

fn timed(dialect: Dialect, query: &str) -> std::result::Result<(), String> {
    match lex::statements(dialect, query, 0..query.len()).as_slice() {
        [one] => {
            let text = query[one.span.clone()].trim_start_matches(['(', ' ', '\n', '\t']);
            let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
            if TIMED.contains(&word.as_str()) {
                Ok(())
            } else {
                Err("is no query that can be timed".to_owned())
            }
        }
        [] => Err("has no query".to_owned()),
        _ => Err("is more than one statement".to_owned()),
    }
}
