//! Faults planted in the correct downs of a long history: all of them are found.

use super::{LOSES, options, said};
use crate::support::fixture;
use std::collections::{BTreeMap, BTreeSet};
use switchback::plan::source::SourceFile;
use switchback::prove::{Verdict, prove};
use switchback::set::Files;
use switchback::{Dialect, Migrator, Source};
use switchback_plan::{Body, Mode};

/// A statement whose absence changes nothing that is compared.
fn says_nothing(what: &str) -> bool {
    [
        "analyze", "refresh", "select", "reindex", "notify", "vacuum", "set", "pragma", "cluster", "do",
        "call", "with", "",
    ]
    .contains(&what.split(' ').next().unwrap_or_default())
}

/// Planted faults that are none: another statement of the same down does the same, or there is nothing to be changed.
fn is_harmless(dialect: Dialect, version: i64, what: &str) -> bool {
    // Dropping the table that comes next takes these along.
    let with_its_table =
        ["drop trigger", "drop index", "drop constraint"].iter().any(|w| what.starts_with(w));
    // No reading is of that year.
    let moves_nothing = dialect == Dialect::Postgres && version == 49 && what.starts_with("insert");
    with_its_table || moves_nothing
}

/// The files of the history with one statement taken out of every third down; which, by version.
fn planted(dialect: Dialect, of: i64) -> (Source, BTreeMap<i64, String>) {
    let dir = fixture("corpus/history-300");
    let set = Migrator::new(dir.clone()).read(dialect).unwrap();
    let mut files: Vec<SourceFile> = switchback::files::read_dir(&dir).unwrap();
    let mut faults = BTreeMap::new();
    for m in set.migrations.iter().filter(|m| m.version % 3 == of && !LOSES.contains(&m.version)) {
        let Some(Body::Sql(down)) = m.down.body() else { continue };
        if down.steps.len() > 1 || down.steps[0].mode != Mode::Transaction {
            continue;
        }
        let statements = &down.steps[0].statements;
        let candidates: Vec<_> = statements
            .iter()
            .filter(|s| {
                !says_nothing(&s.what) && (statements.len() == 1 || !is_harmless(dialect, m.version, &s.what))
            })
            .collect();
        let Some(fault) = candidates.get(m.version as usize % candidates.len().max(1)) else { continue };
        let mut text = down.text.to_string();
        // With a statement in its place, so that the down is not an empty one.
        text.replace_range(fault.span.clone(), "SELECT 1");
        let file = files.iter_mut().find(|f| f.path == down.file.as_str()).unwrap();
        *file = SourceFile::new(down.file.clone(), text);
        faults.insert(m.version, fault.what.clone());
    }
    (Source::Files(Files { name: "planted".to_owned(), files: files.into(), rust: &[] }), faults)
}

fn all_found(dialect: Dialect) {
    let (mut number, mut kinds) = (0, BTreeSet::new());
    let mut missed = Vec::new();
    for of in 0..2 {
        let (source, faults) = planted(dialect, of);
        let report = prove(&source, dialect, &options()).unwrap();
        for (version, what) in &faults {
            let proof = report.migrations.iter().find(|m| m.version == *version).unwrap();
            number += 1;
            let words: Vec<&str> = what.split(' ').take(2).collect();
            kinds.insert(words.join(" "));
            if proof.passed || proof.verdict == Verdict::Exact {
                missed.push(format!("{version} {}: without `{what}`: {}", proof.name, said(proof)));
            }
        }
        // And nothing else is said to be wrong.
        for proof in report.migrations.iter().filter(|m| !faults.contains_key(&m.version)) {
            let wrong = [Verdict::Broken, Verdict::Lossy].contains(&proof.verdict);
            if wrong && !LOSES.contains(&proof.version) {
                missed.push(format!("false alarm: {} {}: {}", proof.version, proof.name, said(proof)));
            }
        }
    }
    eprintln!("{}: {number} faults of {} kinds: {kinds:?}", dialect.as_str(), kinds.len());
    assert!(missed.is_empty(), "{} of {number}:\n{}", missed.len(), missed.join("\n"));
    assert!(number >= 60, "{number} faults");
    assert!(kinds.len() >= 15, "{kinds:?}");
}

#[test]
fn slow_every_planted_fault_is_found_on_sqlite() {
    all_found(Dialect::Sqlite);
}

#[test]
fn slow_every_planted_fault_is_found_on_postgres() {
    all_found(Dialect::Postgres);
}
