//! The planner against hand-made files and histories, and its laws against random ones.

use super::{
    Applied, BodySource, Current, History, ProblemKind, Progress, StoredDown, Tally, Target, pair_steps,
    plan, problems,
};
use crate::error::ErrorKind;
use crate::model::{Dialect, Direction, MigrationSet};
use crate::source::{self, SourceFile};
use proptest::prelude::*;

/// A set of one-step migrations in folders; `text` makes ups differ.
fn local(versions: &[(i64, &str)]) -> MigrationSet {
    let files: Vec<SourceFile> = versions
        .iter()
        .flat_map(|(version, text)| {
            [
                SourceFile::new(format!("V{version:04}__m{version}/up.sql"), format!("SELECT '{text}';\n")),
                SourceFile::new(
                    format!("V{version:04}__m{version}/down.sql"),
                    format!("SELECT 'not {text}';\n"),
                ),
            ]
        })
        .collect();
    source::parse("app", Dialect::Sqlite, i64::from(i32::MAX), &files).unwrap()
}

/// The history after those versions of that set were applied in that order.
fn history(set: &MigrationSet, versions: &[i64]) -> History {
    let mut applied: Vec<Applied> = versions
        .iter()
        .enumerate()
        .map(|(i, version)| {
            let m = set.get(*version).unwrap();
            let down = m.down.body().unwrap();
            Applied {
                version: *version,
                name: m.name.clone(),
                applied_at: "2026-01-01T00:00:00Z".to_owned(),
                sequence: i as i64 + 1,
                up_sha256: m.up.sha256().to_owned(),
                steps: vec!["main".to_owned()],
                stored_down: Some(StoredDown::Sql { sha256: down.sha256().to_owned(), text: None }),
            }
        })
        .collect();
    applied.sort_by_key(|a| a.version);
    History { applied, progress: None }
}

fn half(set: &MigrationSet, version: i64) -> Progress {
    let m = set.get(version).unwrap();
    Progress {
        version,
        name: m.name.clone(),
        up_sha256: m.up.sha256().to_owned(),
        standing: vec!["one".to_owned()],
        locked: None,
        current: None,
        steps: vec!["one".to_owned(), "two".to_owned()],
        token: 3,
        stored_down: m.down.body().map(|b| StoredDown::Sql { sha256: b.sha256().to_owned(), text: None }),
    }
}

fn versions(set: &MigrationSet, history: &History, direction: Direction, target: Target) -> Vec<i64> {
    plan(set, history, direction, target).unwrap().migrations.iter().map(|m| m.version).collect()
}

#[test]
fn up_takes_what_is_pending_up_to_the_target() {
    let set = local(&[(1, "a"), (2, "b"), (5, "c")]);
    let history = history(&set, &[1]);
    assert_eq!(versions(&set, &history, Direction::Up, Target::Latest), [2, 5]);
    assert_eq!(versions(&set, &history, Direction::Up, Target::Version(2)), [2]);
    assert_eq!(versions(&set, &history, Direction::Up, Target::Steps(1)), [2]);
    assert!(versions(&set, &history, Direction::Up, Target::Version(1)).is_empty());
    let e = plan(&set, &history, Direction::Up, Target::Version(3)).unwrap_err();
    insta::assert_snapshot!(e, @"there is no migration of version 3; the nearest is 2, the newest is 5; `status` lists them all");
}

#[test]
fn down_undoes_the_newest_first_and_keeps_the_target() {
    let set = local(&[(1, "a"), (2, "b"), (5, "c")]);
    let history = history(&set, &[1, 2, 5]);
    assert_eq!(versions(&set, &history, Direction::Down, Target::Steps(2)), [5, 2]);
    assert_eq!(versions(&set, &history, Direction::Down, Target::Version(1)), [5, 2]);
    assert_eq!(versions(&set, &history, Direction::Down, Target::Version(0)), [5, 2, 1]);
    assert_eq!(plan(&set, &history, Direction::Down, Target::Latest).unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(
        plan(&set, &history, Direction::Down, Target::Version(3)).unwrap_err().kind(),
        ErrorKind::Config
    );
}

#[test]
fn down_follows_the_order_of_coming_when_one_came_late() {
    let set = local(&[(1, "a"), (2, "b"), (3, "c")]);
    let history = history(&set, &[1, 3, 2]);
    assert_eq!(versions(&set, &history, Direction::Down, Target::Steps(2)), [2, 3]);
}

#[test]
fn every_difference_is_listed_in_one_refusal() {
    let then = local(&[(1, "a"), (2, "b"), (4, "d")]);
    let history = history(&then, &[1, 2, 4]);
    let now = local(&[(1, "changed"), (3, "late"), (4, "d")]);
    let kinds: Vec<ProblemKind> = problems(&now, &history).iter().map(|p| p.kind).collect();
    assert_eq!(
        kinds,
        [ProblemKind::ChangedUp, ProblemKind::ChangedDown, ProblemKind::Vanished, ProblemKind::OutOfOrder]
    );
    let e = plan(&now, &history, Direction::Up, Target::Latest).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Diverged);
    assert_eq!(e.message().matches("\n- ").count(), 3, "{e}");
}

#[test]
fn a_changed_way_down_is_taken_from_what_was_stored() {
    let then = local(&[(1, "a")]);
    let history = history(&then, &[1]);
    let now = local(&[(1, "b")]);
    let planned = plan(&now, &history, Direction::Down, Target::Steps(1)).unwrap();
    assert_eq!(planned.migrations[0].source, BodySource::Stored);
    assert_eq!(
        plan(&then, &history, Direction::Down, Target::Steps(1)).unwrap().migrations[0].source,
        BodySource::Files
    );
}

#[test]
fn what_is_half_applied_comes_first_in_both_directions() {
    let set = local(&[(1, "a"), (2, "b"), (3, "c")]);
    let mut history = history(&set, &[1]);
    history.progress = Some(half(&set, 2));
    let up = plan(&set, &history, Direction::Up, Target::Latest).unwrap();
    assert_eq!(
        up.migrations.iter().map(|m| (m.version, m.resumes)).collect::<Vec<_>>(),
        [(2, true), (3, false)]
    );
    assert_eq!(versions(&set, &history, Direction::Down, Target::Steps(1)), [2]);
    assert_eq!(versions(&set, &history, Direction::Down, Target::Version(0)), [2, 1]);
    assert_eq!(
        plan(&set, &history, Direction::Up, Target::Version(1)).unwrap_err().kind(),
        ErrorKind::HalfDone
    );
}

#[test]
fn an_interrupted_step_stops_both_directions_by_name() {
    let set = local(&[(1, "a")]);
    let mut progress = half(&set, 1);
    progress.current = Some(Current {
        step: "index".to_owned(),
        direction: Direction::Up,
        started: true,
        cursor: None,
        done: Tally::default(),
        turns: Vec::new(),
    });
    let history = History { applied: Vec::new(), progress: Some(progress) };
    for (direction, target) in [(Direction::Up, Target::Latest), (Direction::Down, Target::Steps(1))] {
        let e = plan(&set, &history, direction, target).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::HalfDone);
        assert!(e.what_next().unwrap().contains("repair --retry-step"), "{e}");
    }
}

#[test]
fn steps_pair_by_name_else_in_reverse_and_not_at_all_when_counts_differ() {
    let up = ["a".to_owned(), "b".to_owned()];
    assert_eq!(pair_steps(&up, &["a", "b"]), Some(vec!["a", "b"]));
    assert_eq!(pair_steps(&up, &["x", "y"]), Some(vec!["b", "a"]));
    assert_eq!(pair_steps(&up, &["a"]), None);
}

proptest! {
    /// Down to where we were undoes exactly what up did, in reverse.
    #[test]
    fn down_is_up_in_reverse(count in 1usize..12, applied in 0usize..12) {
        let applied = applied.min(count);
        let all: Vec<(i64, &str)> = (1..=count as i64).map(|v| (v, "x")).collect();
        let set = local(&all);
        let before: Vec<i64> = (1..=applied as i64).collect();
        let up = versions(&set, &history(&set, &before), Direction::Up, Target::Latest);
        let after: Vec<i64> = before.iter().chain(&up).copied().collect();
        let mut down = versions(&set, &history(&set, &after), Direction::Down, Target::Version(applied as i64));
        down.reverse();
        prop_assert_eq!(down, up);
    }

    /// Whatever the history, a plan runs nothing that is applied and undoes nothing that is not.
    #[test]
    fn a_plan_never_repeats(count in 1i64..10, mask: u16) {
        let all: Vec<(i64, &str)> = (1..=count).map(|v| (v, "x")).collect();
        let set = local(&all);
        let applied: Vec<i64> = (1..=count).filter(|v| mask & (1 << v) != 0).collect();
        let history = history(&set, &applied);
        if let Ok(up) = plan(&set, &history, Direction::Up, Target::Latest) {
            prop_assert!(up.migrations.iter().all(|m| !applied.contains(&m.version)));
            prop_assert!(up.migrations.windows(2).all(|w| w[0].version < w[1].version));
        }
        let down = plan(&set, &history, Direction::Down, Target::Steps(count as usize)).unwrap();
        prop_assert!(down.migrations.iter().all(|m| applied.contains(&m.version)));
        prop_assert_eq!(down.migrations.len(), applied.len());
    }

    /// The digest tells two plans apart, and nothing else does.
    #[test]
    fn the_digest_follows_what_runs(a in "[a-z]{1,5}", b in "[a-z]{1,5}") {
        let digest = |text: &str| {
            let set = local(&[(1, text)]);
            plan(&set, &History::default(), Direction::Up, Target::Latest).unwrap().digest
        };
        prop_assert_eq!(digest(&a) == digest(&b), a == b);
    }
}
