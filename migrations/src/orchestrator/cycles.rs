//! Which tasks depend on themselves, directly or round about. Legacy allowed it.

use super::LEGACY_LINK;
use std::collections::{BTreeMap, BTreeSet};
use switchback::{Context, Dialect, Result};

/// The tasks of each cycle, sorted; the cycles sorted by their first task.
///
/// Whatever lies before or behind every cycle is peeled off inside the database, so that only what is left is held
/// in memory.
pub(crate) fn find(ctx: &mut Context<'_>) -> Result<Vec<Vec<String>>> {
    let create = match ctx.dialect() {
        Dialect::Sqlite => "CREATE TEMP TABLE legacy_cycles",
        Dialect::Postgres => "CREATE TEMP TABLE legacy_cycles ON COMMIT DROP",
    };
    ctx.execute(
        &format!(
            "{create} AS SELECT task_id, dependency_task_id, 1 AS kept FROM task_dependencies
             WHERE {LEGACY_LINK}"
        ),
        &[],
    )?;
    ctx.execute("CREATE INDEX legacy_cycles_from ON legacy_cycles (task_id)", &[])?;
    ctx.execute("CREATE INDEX legacy_cycles_to ON legacy_cycles (dependency_task_id)", &[])?;
    loop {
        let peeled = ctx.execute(
            "UPDATE legacy_cycles AS e SET kept = 0
             WHERE e.kept = 1 AND (
                NOT EXISTS (SELECT 1 FROM legacy_cycles AS n WHERE n.kept = 1 AND n.task_id = e.dependency_task_id)
                OR NOT EXISTS (SELECT 1 FROM legacy_cycles AS p WHERE p.kept = 1 AND p.dependency_task_id = e.task_id))",
            &[],
        )?;
        if peeled == 0 {
            break;
        }
    }
    let mut edges = Vec::new();
    ctx.query_each(
        "SELECT task_id, dependency_task_id FROM legacy_cycles WHERE kept = 1",
        &[],
        &mut |row| {
            edges.push((row.at(0)?, row.at(1)?));
            Ok(())
        },
    )?;
    ctx.execute("DROP TABLE legacy_cycles", &[])?;
    Ok(cycles(&edges))
}

/// The strongly connected components with an edge inside them (Kosaraju's two walks, without recursion).
fn cycles(edges: &[(String, String)]) -> Vec<Vec<String>> {
    let mut out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut into: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in edges {
        out.entry(from).or_default().push(to);
        into.entry(to).or_default().push(from);
    }
    let mut finished = Vec::new();
    let mut seen = BTreeSet::new();
    for start in out.keys() {
        walk(start, &out, &mut seen, &mut finished);
    }
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut seen = BTreeSet::new();
    for start in finished.iter().rev() {
        let mut component = Vec::new();
        walk(start, &into, &mut seen, &mut component);
        let on_itself = |task: &str| out.get(task).is_some_and(|next| next.contains(&task));
        if component.len() > 1 || component.iter().any(|task| on_itself(task)) {
            component.sort_unstable();
            found.push(component.into_iter().map(str::to_owned).collect());
        }
    }
    found.sort_unstable();
    found
}

/// Depth first from `start`; appends what had not been seen, in the order in which it is left.
fn walk<'a>(
    start: &'a str,
    next: &BTreeMap<&'a str, Vec<&'a str>>,
    seen: &mut BTreeSet<&'a str>,
    left: &mut Vec<&'a str>,
) {
    if !seen.insert(start) {
        return;
    }
    let mut path = vec![(start, 0)];
    while let Some((task, place)) = path.last_mut() {
        let followed = next.get(task).and_then(|tasks| tasks.get(*place)).copied();
        *place += 1;
        match followed {
            Some(task) if seen.insert(task) => path.push((task, 0)),
            Some(_) => {}
            None => {
                left.push(task);
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(edges: &[(u8, u8)]) -> Vec<Vec<String>> {
        let edges: Vec<(String, String)> =
            edges.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        cycles(&edges)
    }

    #[test]
    fn a_chain_has_no_cycle() {
        assert!(found(&[(1, 2), (2, 3), (1, 3)]).is_empty());
    }

    #[test]
    fn a_task_that_depends_on_itself_is_a_cycle_of_one() {
        assert_eq!(found(&[(1, 1), (1, 2)]), [["1"]]);
    }

    #[test]
    fn two_cycles_that_are_joined_one_way_stay_two() {
        assert_eq!(found(&[(1, 2), (2, 1), (2, 3), (3, 4), (4, 3)]), [["1", "2"], ["3", "4"]]);
    }

    proptest::proptest! {
        #[test]
        fn two_tasks_share_a_cycle_exactly_when_each_reaches_the_other(edges in proptest::collection::vec((0u8..7, 0u8..7), 0..20)) {
            let mut reaches = [[false; 7]; 7];
            for (a, b) in &edges {
                reaches[usize::from(*a)][usize::from(*b)] = true;
            }
            for k in 0..7 { for i in 0..7 { for j in 0..7 {
                reaches[i][j] |= reaches[i][k] && reaches[k][j];
            }}}
            let cycles = found(&edges);
            for (i, from) in reaches.iter().enumerate() {
                for (j, there) in from.iter().enumerate() {
                    let together = cycles.iter().any(|c| c.contains(&i.to_string()) && c.contains(&j.to_string()));
                    proptest::prop_assert_eq!(together, *there && reaches[j][i]);
                }
            }
        }
    }
}
