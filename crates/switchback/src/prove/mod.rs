//! Proving that every way down leads back: on throwaway databases, over rows, by schema and content.
//!
//! For each migration: rows in every table → A → up with its checks → B → down → must equal A, schema and data → up
//! again → must equal B. A verdict is only ever claimed for rows that existed.

mod chunk;
mod compare;

mod ground;
mod one;
mod report;
mod rows;

pub use report::{Difference, Loss, MigrationProof, Prefix, ProofReport, TableRows, Unfilled, Verdict};

use crate::migrator::Migrator;
use crate::options::Options;
use crate::scratch;
use crate::seal::{self, SealOptions};
use crate::set::Source;
use ground::Ground;
pub(crate) use ground::{CLOCK, SEED};
use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;
use switchback_plan::{Body, Dialect, Error, ErrorKind, MigrationSet, Result};

/// How a proof is made.
#[derive(Debug, Clone, Default)]
pub struct ProveOptions {
    /// The first version that is proven; those before it are only applied.
    pub from: Option<i64>,
    /// The last version that is proven.
    pub to: Option<i64>,
    /// What throwaway databases start with, and where they are made.
    pub scratch: scratch::Options,
    /// The URL of a real database that rows are copied from. It is only read; on the other engine it says nothing.
    pub sample: Option<String>,
    /// How many databases are worked on at a time; as many as there are processors by default.
    pub jobs: Option<usize>,
    /// How migrations run. The clock and the seed are fixed where they are not given.
    pub run: Options,
    /// Do not turn stepped migrations round behind each of their steps: most of the time goes there.
    #[doc(hidden)]
    pub whole_only: bool,
}

/// A chunk shorter than this is not worth a database of its own.
const SHORTEST_CHUNK: usize = 12;

/// What applying a migration costs where one is not proven, and what proving one costs besides its place in the history:
/// the more migrations lie before it, the more tables are looked at.
const APPLIED: usize = 12;
const PROVEN: usize = 36;

/// Proves the migrations of a set on one engine.
///
/// # Errors
/// Files that are not what the format asks for, versions that do not exist, or no throwaway database. What is wrong
/// with a migration is in the report.
pub fn prove(source: &Source, dialect: Dialect, options: &ProveOptions) -> Result<ProofReport> {
    let sealing = SealOptions {
        scratch: options.scratch.clone(),
        run: options.run.clone(),
        at: options.run.clock,
        ..SealOptions::default()
    };
    let source = seal::with_compiled(source, dialect, &sealing)?;
    let migrator = Migrator::new(source).options(options.run.clone());
    let mut set = migrator.read(dialect)?;
    // Nothing drifts here: the lock file would only be read, and compared with, once a migration.
    set.lock = None;
    let range = range(&set, options)?;
    let mut ground = Ground::new(migrator, set, &options.scratch, &options.run, options.sample.as_deref())?;
    ground.whole_only = options.whole_only;
    // Side by side one chunk would meet the roles that the other makes.
    let jobs = match options.jobs {
        _ if ground.makes_roles => 1,
        Some(jobs) => jobs,
        None => thread::available_parallelism().map_or(1, NonZero::get),
    };
    let chunks = cut(&range, jobs);
    let proven: Vec<Result<chunk::Proven>> = match chunks.as_slice() {
        [only] => vec![chunk::prove(&ground, only.clone())],
        several => thread::scope(|scope| {
            let ground = &ground;
            let runners: Vec<_> =
                several.iter().map(|c| scope.spawn(|| chunk::prove(ground, c.clone()))).collect();
            runners.into_iter().map(|r| r.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        }),
    };
    let mut report =
        ProofReport { database: ground.set.name.clone(), engine: dialect.as_str(), ..ProofReport::default() };
    for chunk in proven {
        let chunk = chunk?;
        report.major = chunk.major;
        report.migrations.extend(chunk.migrations);
        for unfilled in chunk.unfilled {
            if !report.unfilled.iter().any(|u| u.table == unfilled.table) {
                report.unfilled.push(unfilled);
            }
        }
    }
    Ok(report)
}

/// The indexes of the migrations that are proven.
fn range(set: &MigrationSet, options: &ProveOptions) -> Result<Range<usize>> {
    let index = |version: i64| {
        set.migrations.binary_search_by_key(&version, |m| m.version).map_err(|_| {
            let error = Error::new(ErrorKind::Config, format!("there is no migration of version {version}"));
            match set.migrations.last() {
                Some(last) => error.hint(format!("the newest is {}", last.version)),
                None => error.hint("the directory holds no migrations"),
            }
        })
    };
    let start = options.from.map_or(Ok(0), index)?;
    let end = options.to.map_or(Ok(set.migrations.len()), |to| index(to).map(|i| i + 1))?;
    if start > end {
        return Err(Error::new(ErrorKind::Config, "--from lies behind --to").hint("exchange the two"));
    }
    Ok(start..end)
}

/// Cuts a range so that all parts take about the same time; each part applies what lies before it first.
fn cut(range: &Range<usize>, jobs: usize) -> Vec<Range<usize>> {
    let wanted = jobs.min(range.len() / SHORTEST_CHUNK).max(1);
    // Parts of which none takes longer than that.
    let within = |limit: usize| {
        let mut chunks = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let (mut end, mut cost) = (start, start * APPLIED);
            while end < range.end && (end == start || cost + PROVEN + end <= limit) {
                cost += PROVEN + end;
                end += 1;
            }
            chunks.push(start..end);
            start = end;
        }
        chunks
    };
    let (mut low, mut high) = (0, range.end * (APPLIED + PROVEN + range.end));
    while low < high {
        let middle = usize::midpoint(low, high);
        if within(middle).len() <= wanted { high = middle } else { low = middle + 1 }
    }
    match range.is_empty() {
        true => vec![range.clone()],
        false => within(low),
    }
}

/// Whether a migration may make roles, or change their settings: then no two chunks may share a server.
fn makes_roles(set: &MigrationSet) -> bool {
    let bodies = set.migrations.iter().flat_map(|m| [Some(&m.up), m.down.body()]).flatten();
    bodies.into_iter().any(|body| match body {
        Body::Sql(script) => script
            .steps
            .iter()
            .flat_map(|step| &step.statements)
            .any(|statement| is_about_roles(&script.text[statement.span.clone()], false)),
        Body::Rust(rust) => is_about_roles(&rust.text, true),
    })
}

/// Whether a statement makes or alters a role; in a block of code, or with `anywhere`, at any place of it.
fn is_about_roles(sql: &str, anywhere: bool) -> bool {
    let sql = sql.to_ascii_lowercase();
    let words: Vec<&str> =
        sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let at = |words: &[&str]| match words {
        [_, "user", "mapping", ..] => false,
        ["create" | "alter", "role" | "user" | "group", ..] => true,
        _ => false,
    };
    let anywhere = anywhere || words.first() == Some(&"do");
    at(&words) || (anywhere && words.windows(3).any(at))
}

/// The text of a side, for what looks for names in it.
fn text_of(body: &Body) -> &str {
    match body {
        Body::Sql(script) => &script.text,
        Body::Rust(rust) => &rust.text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_about_roles_are_told_from_others() {
        for sql in ["CREATE ROLE a", "alter  user a SET x = 1", "DO $$BEGIN CREATE GROUP g; END$$"] {
            assert!(is_about_roles(sql, false), "{sql}");
        }
        for sql in
            ["CREATE USER MAPPING FOR a SERVER b", "CREATE TABLE users (a text)", "SELECT 'create role x'"]
        {
            assert!(!is_about_roles(sql, false), "{sql}");
        }
    }

    #[test]
    fn a_range_is_cut_into_parts_without_a_gap_the_first_the_longest() {
        let chunks = cut(&(0..300), 4);
        assert_eq!(chunks.len(), 4);
        assert_eq!((chunks[0].start, chunks[3].end), (0, 300));
        assert!(chunks.windows(2).all(|w| w[0].end == w[1].start && w[0].len() >= w[1].len()), "{chunks:?}");
        let cost = |c: &Range<usize>| c.start * APPLIED + c.clone().map(|i| PROVEN + i).sum::<usize>();
        let costs: Vec<usize> = chunks.iter().map(cost).collect();
        assert!(costs.iter().max().unwrap() - costs.iter().min().unwrap() < 1_500, "{costs:?}");
        assert_eq!(cut(&(5..9), 8), vec![5..9]);
        assert_eq!(cut(&(3..3), 8), vec![3..3]);
    }
}
