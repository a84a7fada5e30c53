//! Breakdowns with 0 to 12 subtasks each, some of which no program can convert.

use super::{Amount, Random, int, moment, text};
use crate::orchestrator::{BREAKDOWN, SUBTASK};
use switchback::{Context, Dialect, Result, Value};

const SPECIALISTS: [&str; 6] = ["architect", "backend", "frontend", "tester", "writer", "reviewer"];
const STATUSES: [&str; 7] =
    ["pending", "active", "in_progress", "completed", "failed", "blocked", "cancelled"];

/// What is wrong with a record, if anything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    /// Status that nobody knows.
    Status,
    /// Dependency on a task that does not exist.
    Missing,
    /// Dependencies that are not JSON.
    Malformed,
    /// Dependencies that are JSON, but not a list of ids.
    NoList,
    /// Artifacts that are not JSON.
    Artifacts,
    /// The id of a breakdown.
    Id,
    /// A moment that is none (SQLite keeps it; elsewhere a status that nobody knows).
    Moment,
    /// Not wrong: it depends on itself.
    Itself,
    /// Not wrong: it and the one before depend on each other.
    Cycle,
    /// Not wrong: the same dependency twice.
    Twice,
}

const FLAWS: [Flaw; 10] = [
    Flaw::Status,
    Flaw::Missing,
    Flaw::Malformed,
    Flaw::NoList,
    Flaw::Artifacts,
    Flaw::Id,
    Flaw::Moment,
    Flaw::Itself,
    Flaw::Cycle,
    Flaw::Twice,
];

/// Fills version 1. Of a hundred subtasks one is flawed, ten with `hostile`; so are some breakdowns.
pub(super) fn fill(ctx: &mut Context<'_>, amount: Amount) -> Result<()> {
    let Amount { rows, seed, .. } = amount;
    let dialect = ctx.dialect();
    ctx.bulk_insert(
        "task_breakdowns",
        &BREAKDOWN,
        &mut (1..=rows).map(|n| {
            let mut random = Random::new(seed, "task_breakdowns", n);
            let length = 20 + random.below(300);
            let context = (random.below(3) > 0).then(|| text::words(&mut random, 15, amount.hostile));
            vec![
                breakdown(amount, n).into(),
                text::words(&mut random, length, amount.hostile).into(),
                random.pick(&["low", "medium", "high", "very_high"]).into(),
                context.into(),
                moment(n * 30).into(),
            ]
        }),
    )?;
    ctx.bulk_insert(
        "subtasks",
        &SUBTASK,
        &mut (1..=rows).flat_map(|n| (1..=subtasks(seed, n)).map(move |k| subtask(amount, dialect, n, k))),
    )?;
    ctx.bulk_insert(
        "lock_tracking",
        &["resource", "owner", "acquired_at", "expires_at"],
        &mut (1..=rows.div_ceil(100)).map(|n| {
            let owner = Random::new(seed, "lock_tracking", n).pick(&SPECIALISTS).to_owned();
            vec![format!("file:{n}").into(), owner.into(), moment(n).into(), moment(n + 15).into()]
        }),
    )?;
    Ok(())
}

/// Hostile breakdowns have a blank for an id, a longer one each time; even by default there is one.
fn breakdown(amount: Amount, n: u64) -> String {
    let every = if amount.hostile { 50 } else { 1_000 };
    if n % every == 7 && n / every < 40 {
        " ".repeat(usize::try_from(n / every + 1).unwrap_or(1))
    } else {
        format!("breakdown-{n:06}")
    }
}

fn id(n: u64, k: u64) -> String {
    format!("task-{n:06}-{k:02}")
}

fn subtasks(seed: u64, n: u64) -> u64 {
    Random::new(seed, "subtasks", n).below(13)
}

fn flaw(amount: Amount, n: u64, k: u64) -> Option<Flaw> {
    let mut random = Random::new(amount.seed, "flaws", n * 16 + k);
    let flawed = random.below(100) < if amount.hostile { 10 } else { 1 };
    let index = usize::try_from(random.below(FLAWS.len() as u64)).unwrap_or_default();
    if flawed { FLAWS.get(index).copied() } else { None }
}

fn subtask(amount: Amount, dialect: Dialect, n: u64, k: u64) -> Vec<Value> {
    let flaw = flaw(amount, n, k);
    let mut random = Random::new(amount.seed, "subtask", n * 16 + k);
    // Mostly on tasks before it in the same breakdown, now and then on one of the breakdown before.
    let mut dependencies: Vec<String> =
        (1..k).filter(|_| random.below(4) == 0).map(|earlier| id(n, earlier)).collect();
    if n > 1 && random.below(10) == 0 && subtasks(amount.seed, n - 1) > 0 {
        dependencies.push(id(n - 1, 1));
    }
    // The other half of a cycle: the flawed one is next.
    if self::flaw(amount, n, k + 1) == Some(Flaw::Cycle) && k < subtasks(amount.seed, n) {
        dependencies.push(id(n, k + 1));
    }
    match flaw {
        Some(Flaw::Missing) => dependencies.push(format!("nowhere-{n}")),
        Some(Flaw::Itself) => dependencies.push(id(n, k)),
        Some(Flaw::Cycle) if k > 1 => dependencies.push(id(n, k - 1)),
        Some(Flaw::Twice) if k > 1 => dependencies.extend([id(n, 1), id(n, 1)]),
        _ => {}
    }
    let dependencies = match flaw {
        Some(Flaw::Malformed) => Some("[\"task-".to_owned()),
        Some(Flaw::NoList) => Some("{\"on\": 1}".to_owned()),
        _ if dependencies.is_empty() && random.below(2) == 0 => None,
        _ => Some(serde_json::Value::from(dependencies).to_string()),
    };
    let artifacts = match flaw {
        Some(Flaw::Artifacts) => Some("[unquoted]".to_owned()),
        _ if random.below(3) == 0 => None,
        _ => Some(format!(
            "[{{\"path\": {}, \"size\": {}.50}}, null]",
            serde_json::Value::from(text::words(&mut random, 2, amount.hostile)),
            random.below(100_000)
        )),
    };
    let status = match flaw {
        Some(Flaw::Status) => "done-ish",
        Some(Flaw::Moment) if dialect == Dialect::Postgres => "done-ish",
        _ => random.pick(&STATUSES),
    };
    // Once a breakdown, for it is a key.
    let taken = (1..k).any(|earlier| self::flaw(amount, n, earlier) == Some(Flaw::Id));
    let task_id = if flaw == Some(Flaw::Id) && !taken { breakdown(amount, n) } else { id(n, k) };
    let title = text::words(&mut random, 5, amount.hostile);
    let length = 10 + random.below(150);
    let description = (random.below(8) > 0).then(|| text::words(&mut random, length, amount.hostile));
    let results = (status == "completed").then(|| text::words(&mut random, 30, amount.hostile));
    let created: Value = match flaw {
        Some(Flaw::Moment) if dialect == Dialect::Sqlite => "some day last week".into(),
        _ => moment(n * 30 + k).into(),
    };
    vec![
        task_id.into(),
        breakdown(amount, n).into(),
        title.into(),
        description.into(),
        random.pick(&SPECIALISTS).into(),
        dependencies.into(),
        format!("{}h", 1 + random.below(16)).into(),
        status.into(),
        results.into(),
        artifacts.into(),
        if random.below(3) == 0 { Value::Null } else { int(random.below(50)) },
        (random.below(2) == 0).then(|| random.pick(&["passed", "failed", "skipped"])).into(),
        created,
        (status == "completed").then(|| moment(n * 30 + k + 500)).into(),
    ]
}
