//! Many operations as one migration.

use super::{Compiled, ConvertKey, Declared, Operation, Part};
use crate::error::Result;
use crate::model::Mode;
use std::collections::BTreeSet;

/// Neighbours that are done together: fewer operations that do the same.
///
/// # Errors
/// When two of them contradict each other.
pub fn merge(operations: Vec<Declared>) -> Result<Vec<Declared>> {
    let mut merged: Vec<Declared> = Vec::with_capacity(operations.len());
    for next in operations {
        match (merged.last_mut().map(|d| &mut d.operation), &next.operation) {
            // One conversion of several keys rewrites each table once.
            (Some(Operation::ConvertKey(one)), Operation::ConvertKey(other)) => {
                *one = ConvertKey::merge(&[one.clone(), other.clone()])
                    .map_err(|e| e.at(next.location.clone()))?;
            }
            _ => merged.push(next),
        }
    }
    Ok(merged)
}

/// The operations of a migration, in their order, as one: the way down goes through them in reverse.
///
/// Where each is one transaction, all are one. Else every part is a step; the steps of the two sides pair by name, and
/// where a side has nothing to do for one, it says so.
pub fn join(operations: Vec<Compiled>) -> Compiled {
    let one = |parts: &[Part]| match parts {
        [] => true,
        [part] => part.mode == Mode::Transaction,
        _ => false,
    };
    let plain = operations.iter().all(|o| one(&o.up) && one(&o.down));
    let mut joined = Compiled::default();
    let mut downs = Vec::with_capacity(operations.len());
    let mut names = BTreeSet::new();
    for mut operation in operations {
        joined.notices.append(&mut operation.notices);
        if !plain {
            rename(&mut operation, &names);
            pair(&mut operation);
            names.extend(operation.up.iter().map(|p| p.step.clone()));
        }
        joined.up.append(&mut operation.up);
        downs.push(operation.down);
    }
    joined.down = downs.into_iter().rev().flatten().collect();
    if plain {
        joined.up = vec![whole(joined.up)];
        joined.down = vec![whole(joined.down)];
    }
    joined
}

/// The name of what is no step, but the whole file.
pub(super) const WHOLE: &str = "main";

fn whole(parts: Vec<Part>) -> Part {
    let foreign_keys_off = parts.iter().any(|p| p.foreign_keys_off);
    let statements = parts.into_iter().flat_map(|p| p.statements).collect();
    Part { foreign_keys_off, ..Part::transaction(WHOLE, statements) }
}

/// Gives steps whose names another operation has names of their own, the same on both sides.
fn rename(operation: &mut Compiled, taken: &BTreeSet<String>) {
    let own: BTreeSet<String> = operation.up.iter().chain(&operation.down).map(|p| p.step.clone()).collect();
    for name in &own {
        if !taken.contains(name) {
            continue;
        }
        let mut number = 2;
        let mut new = format!("{name}_{number}");
        while taken.contains(&new) || own.contains(&new) {
            number += 1;
            new = format!("{name}_{number}");
        }
        for part in operation.up.iter_mut().chain(&mut operation.down) {
            if part.step == *name {
                part.step.clone_from(&new);
            }
        }
    }
}

/// Adds to each side the steps that only the other has, where the other would have them in reverse.
fn pair(operation: &mut Compiled) {
    fill(&mut operation.down, &operation.up);
    fill(&mut operation.up, &operation.down);
}

fn fill(side: &mut Vec<Part>, other: &[Part]) {
    for (at, part) in other.iter().enumerate() {
        if side.iter().any(|p| p.step == part.step) {
            continue;
        }
        // Behind that step of this side whose partner comes next on the other.
        let behind = other[at + 1..]
            .iter()
            .find_map(|next| side.iter().position(|p| p.step == next.step))
            .map_or(0, |position| position + 1);
        side.insert(behind, Part::transaction(&part.step, Vec::new()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::render::{header, render};
    use super::*;
    use crate::model::{Batch, Dialect, Direction};
    use crate::source::parse_script;
    use proptest::prelude::*;

    fn named(parts: &[Part]) -> Vec<&str> {
        parts.iter().map(|p| p.step.as_str()).collect()
    }

    fn part(step: &str) -> Part {
        Part::transaction(step, vec!["SELECT 1".to_owned()])
    }

    #[test]
    fn steps_of_one_side_are_on_the_other_too_in_reverse() {
        let operation = Compiled {
            up: vec![part("a"), part("b"), part("c")],
            down: vec![part("a")],
            notices: Vec::new(),
        };
        let joined = join(vec![operation.clone(), operation]);
        assert_eq!(named(&joined.up), ["a", "b", "c", "a_2", "b_2", "c_2"]);
        assert_eq!(named(&joined.down), ["c_2", "b_2", "a_2", "c", "b", "a"]);
    }

    #[test]
    fn what_is_one_transaction_each_is_one_transaction() {
        let operation = |s: &str| Compiled {
            up: vec![Part::transaction("x", vec![format!("UP {s}")])],
            down: vec![Part::transaction("x", vec![format!("DOWN {s}")])],
            notices: Vec::new(),
        };
        let joined = join(vec![operation("1"), operation("2")]);
        assert_eq!(joined.up[0].statements, ["UP 1", "UP 2"]);
        assert_eq!(joined.down[0].statements, ["DOWN 2", "DOWN 1"]);
    }

    fn parts() -> impl Strategy<Value = Vec<Part>> {
        let statement = prop_oneof![
            Just("SELECT 'a;b' -- :from :upto".to_owned()),
            Just("-- why\nUPDATE t SET a = 1 WHERE b BETWEEN :from AND :upto".to_owned()),
            Just("/* :from */ DELETE FROM \"odd ; name\" WHERE id >= :from AND id <= :upto".to_owned()),
        ];
        let mode = prop_oneof![
            Just(Mode::Transaction),
            Just(Mode::NoTransaction),
            Just(Mode::Batch(Batch { table: "Order Items".to_owned(), key: "id".to_owned(), size: 7 })),
        ];
        let part = (mode, prop::collection::vec(statement, 0..3)).prop_map(|(mode, mut statements)| {
            if matches!(mode, Mode::Batch(_)) {
                statements.retain(|s| !s.starts_with("SELECT"));
            }
            let mode = if statements.is_empty() { Mode::Transaction } else { mode };
            Part { mode, ..Part::transaction("", statements) }
        });
        prop::collection::vec(part, 0..4).prop_map(|mut parts| {
            for (at, part) in parts.iter_mut().enumerate() {
                part.step = format!("step_{at}");
            }
            parts
        })
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_again_as_the_same_steps(
            operations in prop::collection::vec((parts(), parts()), 1..4)
        ) {
            let operations = operations.into_iter()
                .map(|(up, down)| Compiled { up, down: down.into_iter().rev().collect(), notices: Vec::new() });
            let joined = join(operations.collect());
            let up: Vec<String> = joined.up.iter().map(|p| p.step.clone()).collect();
            prop_assert!(crate::plan::pair_steps(&up, &named(&joined.down)).is_some());
            for dialect in Dialect::ALL {
                for (direction, parts) in [(Direction::Up, &joined.up), (Direction::Down, &joined.down)] {
                    let text = render(dialect, direction, parts, &header("1.2.3"));
                    let script = parse_script(dialect, "x.sql", &text).map_err(|e| {
                        TestCaseError::fail(format!("{e}\n{text}"))
                    })?;
                    prop_assert_eq!(script.steps.len(), parts.len());
                    for (step, part) in script.steps.iter().zip(parts) {
                        prop_assert_eq!(&step.name, &part.step);
                        prop_assert_eq!(&step.mode, &part.mode);
                        prop_assert_eq!(step.statements.len(), part.statements.len());
                    }
                }
            }
        }
    }
}
