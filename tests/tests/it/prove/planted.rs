//! Faults planted in the correct downs of varied histories: all of them are found, and nothing else is said to be wrong.

use super::{LOSES, options, said};
use crate::support::fixture;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use switchback::plan::source::SourceFile;
use switchback::prove::{ProveOptions, Verdict, prove};
use switchback::seal::{self, SealOptions};
use switchback::set::Files;
use switchback::{Dialect, Migrator, Source, scratch};
use switchback_plan::{Body, Mode};

/// A history whose downs are right.
struct History {
    files: Files,
    /// How often it is proven, each time with other faults.
    rounds: usize,
    /// In each round, one of so many downs gets a fault.
    one_of: usize,
    /// The last version of the rounds behind the first.
    to: Option<i64>,
    /// A server of its own, for it makes roles.
    server: Option<scratch::PgCluster>,
}

/// A down with something wrong.
struct Fault {
    /// What in the statement.
    span: Range<usize>,
    instead: String,
    /// Two words for it.
    kind: String,
    /// All of it.
    what: String,
}

/// The long one, the databases that we ship, and the one in which everything refers to keys that are converted.
fn histories(dialect: Dialect) -> Vec<History> {
    let long = Source::Directory(fixture("corpus/history-300")).files().unwrap();
    let mut all = vec![History { files: long, rounds: 2, one_of: 3, to: Some(210), server: None }];
    // A server makes databases more slowly.
    let rounds = if dialect == Dialect::Sqlite { 12 } else { 8 };
    for (_, embedded) in switchback_migrations::registry() {
        let files = Source::from(embedded).files().unwrap();
        if switchback_plan::source::engines(&files.files, None).unwrap().contains(&dialect) {
            all.push(History { files, rounds, one_of: 2, to: None, server: None });
        }
    }
    let server =
        (dialect == Dialect::Postgres).then(|| switchback_tests::cluster(&scratch::PgOptions::default()));
    let mut keys = Source::Directory(fixture("corpus/convert-key")).files().unwrap();
    let sealing = SealOptions {
        scratch: scratch_of(server.as_ref()),
        engines: Some(vec![dialect]),
        ..SealOptions::default()
    };
    let sealed = seal::seal(&Source::Files(keys.clone()), &sealing).unwrap();
    assert_eq!(sealed.failures().count(), 0);
    let compiled = sealed.files.iter().map(|(path, text)| SourceFile::new(path.clone(), text.as_bytes()));
    keys.files = keys.files.iter().cloned().chain(compiled).collect();
    all.push(History { files: keys, rounds: 8, one_of: 2, to: None, server });
    for history in &mut all {
        // The texts are no longer those that were sealed.
        let files = history.files.files.iter().filter(|f| f.path != "switchback.lock");
        let mut files: Vec<SourceFile> = files.cloned().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        history.files.files = files.into();
    }
    all
}

fn scratch_of(server: Option<&scratch::PgCluster>) -> scratch::Options {
    match server {
        Some(server) => scratch::Options { scratch_url: Some(server.url("postgres")), ..Default::default() },
        None => switchback_tests::scratch_options(),
    }
}

/// A statement whose absence changes nothing that is compared.
fn says_nothing(what: &str) -> bool {
    [
        "analyze", "refresh", "select", "reindex", "notify", "vacuum", "set", "reset", "lock", "pragma",
        "cluster", "do", "call", "with", "",
    ]
    .contains(&what.split(' ').next().unwrap_or_default())
}

/// Statements that another of the same down makes unnecessary, or that find nothing to be changed.
fn is_harmless(dialect: Dialect, history: &str, version: i64, what: &str, text: &str) -> bool {
    // Dropping the table that comes next takes these along.
    let with_its_table =
        ["drop trigger", "drop index", "drop constraint"].iter().any(|w| what.starts_with(w));
    match (history, version) {
        // No reading is of that year.
        ("history-300", 49) if dialect == Dialect::Postgres && what.starts_with("insert") => true,
        // The column goes at the end, with what was said of it and its values.
        ("dashboard", 2) => {
            with_its_table && !text.contains("tasks_checked") && !text.contains("tasks_status")
                || what.starts_with("update")
        }
        ("journal", 3) => with_its_table || text.contains("DROP NOT NULL"),
        ("convert-key", 1) => with_its_table || what.starts_with("drop policy") || what.starts_with("revoke"),
        // Dropping their view does too.
        ("convert-key", 2) => what.starts_with("drop trigger"),
        ("journal", 2) => false,
        _ => with_its_table,
    }
}

/// Words of a statement, and others in their place that leave something else behind.
const WORDS: [(&str, &str, &str); 9] = [
    (" ON DELETE CASCADE", "", "action of a key"),
    (" ON DELETE SET NULL", "", "action of a key"),
    (" ON UPDATE CASCADE", "", "action of a key"),
    (" DEFERRABLE INITIALLY DEFERRED", "", "deferred key"),
    ("VARCHAR(36)", "VARCHAR(37)", "type of a column"),
    ("TYPE character varying(36)", "TYPE character varying(37)", "type of a column"),
    ("TYPE text", "TYPE character varying(99)", "type of a column"),
    ("_fkey\" FOREIGN KEY", "_key\" FOREIGN KEY", "name of a key"),
    (" COLLATE NOCASE", "", "collation of a column"),
];

/// All faults that a down may get.
fn faults(dialect: Dialect, history: &str, version: i64, down: &switchback_plan::Script) -> Vec<Fault> {
    let long = history == "history-300";
    if long && (down.steps.len() > 1 || down.steps[0].mode != Mode::Transaction) {
        return Vec::new();
    }
    let statements: Vec<_> = down.steps.iter().flat_map(|step| &step.statements).collect();
    let mut faults = Vec::new();
    for s in &statements {
        let text = &down.text[s.span.clone()];
        let alone = long && statements.len() == 1;
        if says_nothing(&s.what) || !alone && is_harmless(dialect, history, version, &s.what, text) {
            continue;
        }
        let words: Vec<&str> = s.what.split(' ').take(2).collect();
        faults.push(Fault {
            span: s.span.clone(),
            // With a statement in its place, so that the down is not an empty one.
            instead: "SELECT 1".to_owned(),
            kind: words.join(" "),
            what: format!("no `{}`", s.what),
        });
        for (words, others, kind) in WORDS {
            let Some(at) = text.find(words) else { continue };
            let line = text[at..].lines().next().unwrap_or_default();
            faults.push(Fault {
                span: s.span.start + at..s.span.start + at + words.len(),
                instead: others.to_owned(),
                kind: kind.to_owned(),
                what: format!("`{others}` for `{words}` in `{}`: {line}", s.what),
            });
        }
        // No row is brought back.
        let copies = text.starts_with("INSERT INTO") && text.contains("SELECT") && text.contains("FROM");
        if copies && !text.contains("LIMIT") && !text.contains("ON CONFLICT") && !text.contains("WHERE") {
            faults.push(Fault {
                span: s.span.end..s.span.end,
                instead: " LIMIT 0".to_owned(),
                kind: "rows of a table".to_owned(),
                what: format!("`LIMIT 0` in `{}`", s.what),
            });
        }
    }
    faults
}

/// The files of a history with faults in some of its downs; which, by version.
fn planted(dialect: Dialect, history: &History, round: usize) -> (Source, BTreeMap<i64, Fault>) {
    let set = Migrator::new(Source::Files(history.files.clone())).read(dialect).unwrap();
    let mut files = history.files.files.to_vec();
    let mut planted = BTreeMap::new();
    let name = history.files.name.as_str();
    for m in &set.migrations {
        let turn = m.version as usize % history.one_of == round % history.one_of;
        let Some(Body::Sql(down)) = m.down.body().filter(|_| turn) else { continue };
        if history.to.is_some() && LOSES.contains(&m.version) {
            continue;
        }
        let mut faults = faults(dialect, name, m.version, down);
        if faults.is_empty() {
            continue;
        }
        // One here and one there where a history is proven often.
        let turns = history.rounds.div_ceil(history.one_of);
        let at = match turns {
            1 => m.version as usize % faults.len(),
            turns => round / history.one_of * faults.len() / turns,
        };
        let fault = faults.swap_remove(at);
        let mut text = down.text.to_string();
        text.replace_range(fault.span.clone(), &fault.instead);
        let file = files.iter_mut().find(|f| f.path == down.file.as_str()).unwrap();
        *file = SourceFile::new(down.file.clone(), text);
        planted.insert(m.version, fault);
    }
    (Source::Files(Files { files: files.into(), ..history.files.clone() }), planted)
}

fn all_found(dialect: Dialect) {
    let (mut number, mut kinds) = (0, BTreeSet::new());
    let mut missed = Vec::new();
    let mut correct = BTreeSet::new();
    let mut by_history = BTreeMap::new();
    for history in &histories(dialect) {
        let name = &history.files.name;
        let start = std::time::Instant::now();
        let mut seen = BTreeSet::new();
        for round in 0..history.rounds {
            let (source, faults) = planted(dialect, history, round);
            let to = history.to.filter(|_| round > 0);
            let scratch = scratch_of(history.server.as_ref());
            let report = prove(&source, dialect, &ProveOptions { to, scratch, ..options() }).unwrap();
            for proof in &report.migrations {
                match faults.get(&proof.version) {
                    Some(fault) => {
                        if seen.insert((proof.version, fault.what.clone())) {
                            number += 1;
                        }
                        kinds.insert(fault.kind.clone());
                        if proof.passed || proof.verdict == Verdict::Exact {
                            let (version, name) = (proof.version, &proof.name);
                            missed.push(format!("{version} {name}: {}: {}", fault.what, said(proof)));
                        }
                    }
                    None if history.to.is_some() && LOSES.contains(&proof.version) => {}
                    None if [Verdict::Broken, Verdict::Lossy].contains(&proof.verdict) => missed.push(
                        format!("false alarm: {name} {} {}: {}", proof.version, proof.name, said(proof)),
                    ),
                    None => {
                        if proof.passed && [Verdict::Exact, Verdict::ColumnOrder].contains(&proof.verdict) {
                            correct.insert((name.clone(), proof.version));
                        }
                    }
                }
            }
        }
        by_history.insert(name.clone(), (seen.len(), start.elapsed().as_secs()));
    }
    eprintln!(
        "{}: {number} faults of {} kinds: {kinds:?}; {} correct pairs; faults and seconds: {by_history:?}",
        dialect.as_str(),
        kinds.len(),
        correct.len()
    );
    assert!(missed.is_empty(), "{} of {number}:\n{}", missed.len(), missed.join("\n"));
    assert!(number >= 140, "{number} faults");
    assert!(by_history.values().all(|(faults, _)| *faults >= 4), "{by_history:?}");
    assert!(kinds.len() >= 22, "{kinds:?}");
    assert!(correct.len() >= 200, "{} correct pairs", correct.len());
    let histories: BTreeSet<&String> = correct.iter().map(|(history, _)| history).collect();
    assert_eq!(histories.len(), by_history.len(), "{histories:?}");
}

#[test]
fn slow_every_planted_fault_is_found_on_sqlite() {
    all_found(Dialect::Sqlite);
}

#[test]
fn slow_every_planted_fault_is_found_on_postgres() {
    all_found(Dialect::Postgres);
}
