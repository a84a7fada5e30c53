//! The proof of one migration.

use super::chunk::{Prover, is_ours};
use super::compare::{Snapshot, compare, lost};
use super::report::{Difference, MigrationProof, Prefix, TableRows, Verdict};
use super::rows::{self, Level};
use super::text_of;
use crate::event::Event;
use crate::scratch::server::role_hint;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use switchback_plan::lex::TokenKind;
use switchback_plan::schema::Schema;
use switchback_plan::{Body, Dialect, Error, ErrorKind, Migration, Result, Sensitive, Target, WayDown, lex};

/// Proves it, and leaves a database on which it is applied; `false` where that cannot be.
pub(super) fn prove(prover: &mut Prover<'_>, index: usize, proof: &mut MigrationProof) -> Result<bool> {
    let ground = prover.ground;
    let m = &ground.set.migrations[index];
    let mut refused: Option<Error> = None;
    // Rows that the up refuses say nothing about the way down: then with tamer ones, at last with none.
    for level in Level::ALL {
        if refused.is_some() || (m.sample.is_some() && level == Level::Hostile) {
            prover.start_over(index)?;
        }
        let a = match rows::fill(prover, m, level, refused.as_ref()) {
            Ok(a) => a,
            Err(e) if is_ours(&e) => return Err(e),
            Err(e) => {
                proof.verdict = Verdict::Broken;
                proof.reasons.push(format!("the sample rows cannot be inserted: {e}"));
                prover.start_over(index + 1)?;
                return Ok(true);
            }
        };
        match up(prover, index) {
            Ok(steps) => {
                proof.tables =
                    a.content.rows().into_iter().map(|(table, rows)| TableRows { table, rows }).collect();
                return round(prover, index, &a, &steps, refused.as_ref(), proof);
            }
            Err(e) if is_ours(&e) => return Err(e),
            Err(e) if e.kind() == ErrorKind::Unsupported => {
                proof.verdict = Verdict::Unproven;
                proof.reasons.push(e.to_string());
                return Ok(false);
            }
            Err(e) => {
                tracing::debug!("V{} refuses rows ({level:?}): {e}", m.version);
                refused.get_or_insert(e);
            }
        }
    }
    proof.verdict = Verdict::Broken;
    let hint = refused.as_ref().filter(|_| !ground.is_own_server()).and_then(role_hint);
    proof.reasons.extend(refused.map(|e| format!("the way up fails: {}", said(&e))));
    proof.reasons.extend(hint.map(str::to_owned));
    Ok(false)
}

/// The names of the steps that were done.
type Steps = Vec<String>;

/// Applies the migration.
fn up(prover: &mut Prover<'_>, index: usize) -> Result<Steps> {
    let (done, steps) = run(prover, index, None)?;
    done.map(|()| steps)
}

/// Applies it, or its first `stop` steps.
fn run(prover: &mut Prover<'_>, index: usize, stop: Option<usize>) -> Result<(Result<()>, Steps)> {
    let version = prover.ground.set.migrations[index].version;
    let connected = prover.connected()?;
    let flag = Arc::clone(&connected.options.interrupt);
    let steps = Rc::new(RefCell::new(Steps::new()));
    let seen = Rc::clone(&steps);
    connected.observer = Box::new(move |event: &Event<'_>| {
        if let Event::StepFinished { report } = event {
            seen.borrow_mut().push(report.name.clone());
            if stop == Some(seen.borrow().len()) {
                flag.store(true, Ordering::Relaxed);
            }
        }
    });
    let done = connected.up(Target::Version(version)).map(drop);
    connected.options.interrupt.store(false, Ordering::Relaxed);
    connected.observer = Box::new(crate::event::Silent);
    let steps = steps.take();
    Ok((done, steps))
}

/// From B on: down, up again, and what became of it.
fn round(
    prover: &mut Prover<'_>,
    index: usize,
    a: &Snapshot,
    steps: &Steps,
    refused: Option<&Error>,
    proof: &mut MigrationProof,
) -> Result<bool> {
    let ground = prover.ground;
    let m = &ground.set.migrations[index];
    let b = prover.snapshot()?;
    proof.schema = Some(Arc::new(Schema::clone(&b.schema)));
    if m.down.body().is_none() {
        proof.lost = lost(&a.content, &b.content);
        proof.passed = true;
        proof.verdict = match &m.down {
            WayDown::Irreversible { reason } => {
                proof.reasons.push(reason.clone());
                Verdict::Irreversible
            }
            WayDown::Missing | WayDown::Body(_) => Verdict::NoDown,
        };
        prover.now = Some(b);
        return Ok(true);
    }
    let down = |prover: &mut Prover<'_>| prover.connected()?.down(Target::Steps(1)).map(drop);
    match down(prover) {
        Ok(()) => {}
        Err(e) if is_ours(&e) => return Err(e),
        Err(e) if e.kind() == ErrorKind::Unsupported => {
            proof.verdict = Verdict::Unproven;
            proof.reasons.push(e.to_string());
            prover.now = Some(b);
            return Ok(true);
        }
        Err(e) => {
            proof.verdict = Verdict::Broken;
            proof.reasons.push(format!("the way down fails: {}", said(&e)));
            prover.start_over(index + 1)?;
            return Ok(true);
        }
    }
    let back = compare(a, &prover.snapshot()?, prover.ground.sensitive());
    let declared = &m.settings.lossy;
    proof.verdict = back.verdict(declared);
    proof.losses = back.all_losses();
    if back.is_equal() {
        prefixes(prover, index, a, steps, proof)?;
    } else {
        if proof.verdict != Verdict::Broken && is_empty(&m.down) {
            proof.verdict = Verdict::Broken;
            proof.reasons.push("the way down does nothing, and the way up changed something".to_owned());
        }
        proof.differences = back.differences;
    }
    let broken_prefix = proof
        .prefixes
        .iter()
        .any(|p| p.verdict == Verdict::Broken.as_str() || p.verdict == Verdict::Lossy.as_str());
    let mut good = judge(m, declared, proof) && !broken_prefix;
    let mut clean = !broken_prefix;
    if clean {
        match up(prover, index) {
            Ok(_) => {
                let again = prover.snapshot()?;
                let mut redo = compare(&b, &again, prover.ground.sensitive());
                redo.differences.retain(|d| !is_declared(&d.object, declared));
                good &= redo.is_equal() || redo_is_explained(m, &redo.differences, redo.schema);
                proof.redo = redo.differences;
                prover.now = Some(again);
            }
            Err(e) if is_ours(&e) => return Err(e),
            Err(e) => {
                clean = false;
                good = false;
                proof.verdict = Verdict::Broken;
                proof.reasons.push(format!("behind its way down, the way up fails: {}", said(&e)));
            }
        }
    }
    if !clean || proof.verdict == Verdict::Broken {
        // What it left behind is no ground for those that follow.
        prover.start_over(index + 1)?;
    }
    if proof.verdict != Verdict::Broken && proof.verdict != Verdict::Lossy {
        good &= over_rows(prover, m, a, &b, refused, proof);
    }
    proof.passed = good;
    Ok(true)
}

/// Whether a difference is of what may be lost: the second up finds other values there than the first.
fn is_declared(object: &str, declared: &[String]) -> bool {
    let may_be_lost = |name: &str| declared.iter().any(|d| d.eq_ignore_ascii_case(name));
    match object.split_once(" of ") {
        Some(("values", column)) => {
            may_be_lost(column) || column.rsplit_once('.').is_some_and(|(table, _)| may_be_lost(table))
        }
        Some(("rows", table)) => may_be_lost(table),
        _ => object.strip_prefix("sequence ").is_some_and(may_be_lost),
    }
}

/// Whether the verdict is good enough; says what is not.
fn judge(m: &Migration, declared: &[String], proof: &mut MigrationProof) -> bool {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let undeclared: Vec<&str> = proof
        .losses
        .iter()
        .map(|l| l.object.as_str())
        .filter(|object| !declared.iter().any(|d| same(d, object)))
        .collect();
    let not_found: Vec<&str> = declared
        .iter()
        .map(String::as_str)
        .filter(|d| !proof.losses.iter().any(|l| same(&l.object, d)))
        .collect();
    match proof.verdict {
        Verdict::Broken => false,
        Verdict::Exact | Verdict::ColumnOrder | Verdict::Lossy => {
            if !undeclared.is_empty() {
                let list: Vec<String> = undeclared.iter().map(|u| format!("\"{u}\"")).collect();
                proof.reasons.push(format!(
                    "the way down does not bring back {}; mend it, or declare the loss in {}/migration.toml: lossy = [{}]",
                    undeclared.join(", "),
                    m.path,
                    list.join(", ")
                ));
            }
            if !not_found.is_empty() {
                proof.reasons.push(format!(
                    "migration.toml declares that {} may be lost, and nothing of it was; take it out of lossy, or give rows in a sample.sql that show the loss",
                    not_found.join(", ")
                ));
            }
            undeclared.is_empty() && not_found.is_empty()
        }
        Verdict::Unproven | Verdict::Irreversible | Verdict::NoDown => true,
    }
}

/// Turns the migration round behind each of its steps but the last. The database is at A before and after.
fn prefixes(
    prover: &mut Prover<'_>,
    index: usize,
    a: &Snapshot,
    steps: &Steps,
    proof: &mut MigrationProof,
) -> Result<()> {
    let declared = &prover.ground.set.migrations[index].settings.lossy;
    let stops = if prover.ground.whole_only { 1..1 } else { 1..steps.len() };
    for stop in stops {
        let (ran, _) = run(prover, index, Some(stop))?;
        let half = match ran {
            Err(e) if e.kind() == ErrorKind::Interrupted => {
                prover.connected()?.down(Target::Steps(1)).map(drop)
            }
            other => other,
        };
        prover.ground.check_interrupt()?;
        let mut prefix =
            Prefix { step: steps[stop - 1].clone(), verdict: "forward-only", differences: Vec::new() };
        match half {
            Ok(()) => {
                let back = compare(a, &prover.snapshot()?, prover.ground.sensitive());
                prefix.verdict = back.verdict(declared).as_str();
                prefix.differences = back.differences;
            }
            Err(e) if is_ours(&e) => return Err(e),
            Err(e) if e.kind() == ErrorKind::HalfDone => {
                // Up to the end, and back: the same for all that are left.
                let connected = prover.connected()?;
                connected.up(Target::Version(proof.version))?;
                connected.down(Target::Steps(1))?;
                proof.prefixes.push(prefix);
                return Ok(());
            }
            Err(e) => {
                prefix.verdict = Verdict::Broken.as_str();
                proof.reasons.push(format!("turned round behind step {}: {}", prefix.step, said(&e)));
            }
        }
        let wrong = prefix.verdict == Verdict::Broken.as_str() || prefix.verdict == Verdict::Lossy.as_str();
        if wrong {
            proof.verdict = Verdict::Broken;
            proof.reasons.push(format!(
                "turned round behind step {}, it does not leave what was there before",
                prefix.step
            ));
            proof.differences.clone_from(&prefix.differences);
        }
        proof.prefixes.push(prefix);
        if wrong {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether a second up may well leave other values than the first: the database's clock and random source cannot be
/// fixed.
fn redo_is_explained(m: &Migration, differences: &[Difference], schema: bool) -> bool {
    const WORDS: [&str; 18] = [
        "now",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtimestamp",
        "localtime",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "timeofday",
        "datetime",
        "strftime",
        "unixepoch",
        "julianday",
        "random",
        "randomblob",
        "gen_random_uuid",
        "uuid_generate_v4",
    ];
    if schema {
        return false;
    }
    // A value that holds a moment or a random identifier gives itself away too: a default may have made it.
    let moment = |text: &str| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        (digits >= 8 && text.contains('-') && text.contains(':')) || text.matches('-').count() == 4
    };
    let names = names_in(Dialect::Postgres, text_of(&m.up));
    WORDS.iter().any(|w| names.contains(*w))
        || differences
            .iter()
            .all(|d| d.before.as_deref().is_some_and(moment) && d.after.as_deref().is_some_and(moment))
}

/// A verdict is claimed for rows only: names the tables that the migration touches and that had none.
fn over_rows(
    prover: &Prover<'_>,
    m: &Migration,
    a: &Snapshot,
    b: &Snapshot,
    refused: Option<&Error>,
    proof: &mut MigrationProof,
) -> bool {
    let empty: Vec<String> =
        a.content.rows().into_iter().filter(|(_, rows)| *rows == 0).map(|(table, _)| table).collect();
    if empty.is_empty() {
        return true;
    }
    let touched = touched(m, a, b);
    let empty: Vec<&String> = empty.iter().filter(|t| touched.contains(*t)).collect();
    if empty.is_empty() {
        return true;
    }
    let list: Vec<&str> = empty.iter().map(|t| t.as_str()).collect();
    let why = match refused {
        Some(e) => format!(": with generated rows the way up fails: {}", said(e)),
        None => prover.filled.refusal(&list).map_or_else(String::new, |e| format!(": {e}")),
    };
    let them = if list.len() == 1 { "has" } else { "have" };
    match &m.settings.allow_unproven {
        Some(allowed) => {
            proof.verdict = Verdict::Unproven;
            proof.reasons.push(format!("{} {them} no rows{why}; allowed: {allowed}", list.join(", ")));
            true
        }
        None => {
            proof.verdict = Verdict::Unproven;
            proof.reasons.push(format!(
                "{} {them} no rows{why}; write rows into {}/sample.sql, or say in its migration.toml why none are needed: allow_unproven = \"…\"",
                list.join(", "),
                m.path
            ));
            false
        }
    }
}

/// The tables that a migration changes, or that its text names.
fn touched(m: &Migration, a: &Snapshot, b: &Snapshot) -> BTreeSet<String> {
    let mut touched: BTreeSet<String> = compare(a, b, &Sensitive::default())
        .differences
        .iter()
        .flat_map(|d| a.content.tables.keys().filter(|t| mentions(&d.object, t)))
        .cloned()
        .collect();
    let dialect = a.schema.dialect;
    let names = names_of(dialect, m);
    for (shown, table) in &a.content.tables {
        if names.contains(&table.name.name.to_lowercase()) {
            touched.insert(table.root.clone().unwrap_or_else(|| shown.clone()));
        }
    }
    touched
}

/// `column users.email: default` is about `users`.
fn mentions(object: &str, table: &str) -> bool {
    object
        .split([' ', ':'])
        .any(|word| word == table || word.strip_prefix(table).is_some_and(|rest| rest.starts_with('.')))
}

/// The names in a migration's two sides, in lower case.
pub(super) fn names_of(dialect: Dialect, m: &Migration) -> BTreeSet<String> {
    let mut names = names_in(dialect, text_of(&m.up));
    names.extend(m.down.body().map(|b| names_in(dialect, text_of(b))).unwrap_or_default());
    names
}

/// The names in a text, in lower case and without quotes. Where there may be code in quotes (the body of a DO, SQL in
/// Rust), each of its words.
fn names_in(dialect: Dialect, text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for token in lex::lex(dialect, text) {
        let written = token.text(text).to_lowercase();
        if matches!(token.kind, TokenKind::String | TokenKind::Quoted) {
            let words = written.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
            names.extend(words.map(str::to_owned));
        }
        names.insert(written.trim_matches(['"', '`', '[', ']']).to_owned());
    }
    names
}

/// A down without a statement.
fn is_empty(down: &WayDown) -> bool {
    match down.body() {
        Some(Body::Sql(script)) => script.steps.iter().all(|s| s.statements.is_empty()),
        Some(Body::Rust(_)) | None => false,
    }
}

/// An error without what it says about the state of a throwaway database.
fn said(e: &Error) -> String {
    let place = e.location().map_or_else(String::new, |l| format!("{l}: "));
    let code = e.server_code().map_or_else(String::new, |c| format!(" ({c})"));
    format!("{place}{}{code}", e.message())
}
