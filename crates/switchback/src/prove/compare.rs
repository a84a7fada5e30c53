//! What differs between two moments of one database, and whether that is a loss or something worse.

use super::report::{Difference, Loss, Verdict};
use crate::content::{Content, Table, cells};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use switchback_plan::Sensitive;
use switchback_plan::schema::{self, Layer, Schema};

/// All that is compared.
const LAYERS: [Layer; 3] = [Layer::Structure, Layer::Text, Layer::Access];

/// A database at one moment.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub schema: Rc<Schema>,
    pub content: Content,
}

/// What differs.
#[derive(Debug, Clone, Default)]
pub(super) struct Compared {
    pub differences: Vec<Difference>,
    /// Rows and values that were there and are not.
    pub losses: Vec<Loss>,
    /// Sequences that count from elsewhere.
    pub counters: Vec<String>,
    /// Columns stand in another order.
    pub column_order: bool,
    /// Something differs that is neither a loss nor the order of columns.
    pub otherwise: bool,
    /// The schema differs in more than the order of columns.
    pub schema: bool,
}

impl Compared {
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty()
    }

    /// What that is, when `declared` may be lost; a declared sequence is no difference.
    pub fn verdict(&self, declared: &[String]) -> Verdict {
        let counts = self.counters.iter().all(|c| declared.iter().any(|d| d.eq_ignore_ascii_case(c)));
        match self {
            _ if self.is_equal() => Verdict::Exact,
            _ if self.otherwise || !counts => Verdict::Broken,
            _ if !self.losses.is_empty() || !self.counters.is_empty() => Verdict::Lossy,
            _ => Verdict::ColumnOrder,
        }
    }

    /// All that is gone, as it would be declared.
    pub fn all_losses(&self) -> Vec<Loss> {
        let counters = self.counters.iter().map(|name| Loss { object: name.clone(), rows: 0 });
        self.losses.iter().cloned().chain(counters).collect()
    }
}

/// A row by its values.
type Cells = Vec<Option<String>>;

/// Compares two moments.
pub(super) fn compare(before: &Snapshot, after: &Snapshot, sensitive: &Sensitive) -> Compared {
    let mut found = Compared::default();
    if !Rc::ptr_eq(&before.schema, &after.schema) {
        let differences = schema::differences(&before.schema, &after.schema, &LAYERS);
        if schema::only_column_order(&differences) {
            found.column_order = true;
        } else if !differences.is_empty() {
            found.schema = true;
            found.otherwise = true;
        }
        found.differences = differences;
    }
    tables(&before.content, &after.content, sensitive, &mut found);
    sequences(&before.content, &after.content, &mut found);
    found
}

fn tables(before: &Content, after: &Content, sensitive: &Sensitive, found: &mut Compared) {
    for (name, was) in &before.tables {
        match after.tables.get(name) {
            Some(is) if was == is => {}
            Some(is) => table(name, was, is, sensitive, found),
            None => found.gone(format!("table {name}"), Some(rows_of(was.rows)), None),
        }
    }
    for (name, is) in after.tables.iter().filter(|(name, _)| !before.tables.contains_key(*name)) {
        found.gone(format!("table {name}"), None, Some(rows_of(is.rows)));
    }
}

impl Compared {
    /// A whole object, which the schema's differences may tell already.
    fn gone(&mut self, object: String, before: Option<String>, after: Option<String>) {
        self.otherwise = true;
        if !self.differences.iter().any(|d| d.object == object) {
            self.differences.push(Difference { object, before, after });
        }
    }

    fn differ(&mut self, object: String, before: String, after: String) {
        self.differences.push(Difference { object, before: Some(before), after: Some(after) });
    }
}

fn table(name: &str, was: &Table, is: &Table, sensitive: &Sensitive, found: &mut Compared) {
    let example = |row: Option<&Cells>| example(name, &was.columns, row, sensitive);
    let columns: BTreeSet<&String> = was.columns.iter().collect();
    if columns != is.columns.iter().collect() {
        // Rows of other columns cannot be compared; that the columns are others is difference enough.
        let object = format!("columns of {name}");
        if !found.schema {
            found.differ(object, was.columns.join(", "), is.columns.join(", "));
        }
        found.otherwise = true;
        return;
    }
    if was.columns != is.columns && !found.column_order && !found.schema {
        found.column_order = true;
        found.differ(format!("columns of {name}"), was.columns.join(", "), is.columns.join(", "));
    }
    let (Some(old), Some(new)) = (&was.kept, &is.kept) else {
        if (was.rows, &was.digest) != (is.rows, &is.digest) {
            found.otherwise = true;
            found.differ(format!("rows of {name}"), large(was), large(is));
        }
        return;
    };
    let order: Vec<usize> =
        was.columns.iter().filter_map(|c| is.columns.iter().position(|other| other == c)).collect();
    let old: Vec<Cells> = old.iter().map(|row| cells(row)).collect();
    let new = new.iter().map(|row| {
        let cells = cells(row);
        order.iter().map(|i| cells.get(*i).cloned().flatten()).collect::<Cells>()
    });
    let (removed, added) = difference(old, new.collect());
    if removed.is_empty() && added.is_empty() {
        return;
    }
    // More rows than before are no loss of values, whatever the values are.
    let changed = match added.len() > removed.len() {
        true => None,
        false => changed_columns(&removed, &added, was.columns.len()),
    };
    let Some(changed) = changed else {
        found.otherwise = true;
        found.differ(
            format!("rows of {name}"),
            format!("{}{}", rows_of(was.rows), example(removed.first())),
            format!("{}{}", rows_of(is.rows), example(added.first())),
        );
        return;
    };
    for column in changed {
        let object = format!("{name}.{}", was.columns[column]);
        let cell = |rows: &[Cells]| value(rows.first().and_then(|r| r[column].as_ref()));
        let shown = |rows: &[Cells]| sensitive.shown(name, &was.columns[column], cell(rows));
        found.differ(format!("values of {object}"), shown(&removed), shown(&added));
        found.losses.push(Loss { object, rows: added.len() as u64 });
    }
    if removed.len() > added.len() {
        let gone = removed.len() - added.len();
        found.differ(
            format!("rows of {name}"),
            format!("{}{}", rows_of(was.rows), example(removed.first())),
            rows_of(is.rows),
        );
        found.losses.push(Loss { object: name.to_owned(), rows: gone as u64 });
    }
}

/// The rows of each side that the other has not.
fn difference(old: Vec<Cells>, new: Vec<Cells>) -> (Vec<Cells>, Vec<Cells>) {
    let mut counts: BTreeMap<Cells, i64> = BTreeMap::new();
    for row in old {
        *counts.entry(row).or_default() += 1;
    }
    for row in new {
        *counts.entry(row).or_default() -= 1;
    }
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for (row, count) in counts {
        for _ in 0..count.unsigned_abs() {
            if count > 0 { removed.push(row.clone()) } else { added.push(row.clone()) }
        }
    }
    (removed, added)
}

/// The columns whose values alone tell `added` from (as many of) `removed`; `None` where the rows have nothing to do
/// with each other.
fn changed_columns(removed: &[Cells], added: &[Cells], width: usize) -> Option<Vec<usize>> {
    let mut changed: Vec<usize> = (0..width).filter(|i| !within(removed, added, &[*i])).collect();
    loop {
        let same: Vec<usize> = (0..width).filter(|i| !changed.contains(i)).collect();
        if within(removed, added, &same) {
            let told = !same.is_empty() || width == 1 || added.is_empty();
            return told.then_some(changed);
        }
        // Values that changed places: the first column that explains it.
        let next = same.iter().copied().find(|i| {
            let rest: Vec<usize> = same.iter().copied().filter(|s| s != i).collect();
            within(removed, added, &rest)
        });
        changed.push(next.or(same.last().copied())?);
        changed.sort_unstable();
    }
}

/// Whether `added`, in these columns alone, is a part of `removed`.
fn within(removed: &[Cells], added: &[Cells], columns: &[usize]) -> bool {
    let project = |row: &Cells| columns.iter().map(|i| row[*i].clone()).collect::<Cells>();
    let mut counts: BTreeMap<Cells, i64> = BTreeMap::new();
    for row in removed {
        *counts.entry(project(row)).or_default() += 1;
    }
    added.iter().all(|row| {
        counts.get_mut(&project(row)).is_some_and(|count| {
            *count -= 1;
            *count >= 0
        })
    })
}

/// Counters that belong to a table whose rows are lost are lost with them.
fn sequences(before: &Content, after: &Content, found: &mut Compared) {
    let names: BTreeSet<&String> = before.sequences.keys().chain(after.sequences.keys()).collect();
    for name in names {
        let (was, is) = (before.sequences.get(name), after.sequences.get(name));
        if was == is {
            continue;
        }
        let of_lost = found.losses.iter().any(|l| {
            l.object == *name
                || name.strip_prefix(l.object.as_str()).is_some_and(|rest| rest.starts_with('_'))
        });
        if of_lost && was.is_some() {
            continue;
        }
        let object = format!("sequence {name}");
        if found.differences.iter().any(|d| d.object == object) {
            continue;
        }
        found.differences.push(Difference { object, before: was.cloned(), after: is.cloned() });
        found.counters.push(name.clone());
    }
}

/// What the up removed, where there is no way down to bring it back.
pub(super) fn lost(before: &Content, after: &Content) -> Vec<Loss> {
    let mut lost = Vec::new();
    for (name, was) in &before.tables {
        let Some(is) = after.tables.get(name) else {
            if was.rows > 0 && !is_elsewhere(was, before, after) {
                lost.push(Loss { object: name.clone(), rows: was.rows });
            }
            continue;
        };
        if is.rows < was.rows {
            lost.push(Loss { object: name.clone(), rows: was.rows - is.rows });
        }
        for (i, column) in was.columns.iter().enumerate().filter(|(_, c)| !is.columns.contains(c)) {
            let values = column_values(was, i);
            let kept = values.is_empty()
                || after.tables.values().any(|t| {
                    (0..t.columns.len()).any(|j| {
                        let held = column_values(t, j);
                        values.iter().all(|(value, n)| held.get(value).is_some_and(|m| m >= n))
                    })
                });
            if !kept {
                let rows = values.values().sum();
                lost.push(Loss { object: format!("{name}.{column}"), rows });
            }
        }
    }
    lost
}

/// Whether a new table holds all rows of one that is gone.
fn is_elsewhere(was: &Table, before: &Content, after: &Content) -> bool {
    after.tables.iter().filter(|(name, _)| !before.tables.contains_key(*name)).any(|(_, t)| {
        t.rows >= was.rows
            && was.columns.iter().enumerate().all(|(i, column)| {
                t.columns.iter().position(|c| c == column).is_some_and(|j| {
                    let held = column_values(t, j);
                    column_values(was, i).iter().all(|(value, n)| held.get(value).is_some_and(|m| m >= n))
                })
            })
    })
}

/// How often each value but NULL stands in a column.
fn column_values(table: &Table, column: usize) -> BTreeMap<String, u64> {
    let mut values = BTreeMap::new();
    for row in table.kept.iter().flatten() {
        if let Some(Some(value)) = cells(row).into_iter().nth(column) {
            *values.entry(value).or_default() += 1;
        }
    }
    values
}

fn large(table: &Table) -> String {
    format!("{}, digest {}", rows_of(table.rows), table.digest)
}

fn rows_of(rows: u64) -> String {
    format!("{rows} row{}", if rows == 1 { "" } else { "s" })
}

/// `, among them id 1, name 'x'`.
fn example(table: &str, columns: &[String], row: Option<&Cells>, sensitive: &Sensitive) -> String {
    let Some(row) = row else { return String::new() };
    let shown: Vec<String> = columns
        .iter()
        .zip(row)
        .map(|(column, cell)| format!("{column} {}", sensitive.shown(table, column, value(cell.as_ref()))))
        .collect();
    format!(", among them {}", shortened(&shown.join(", "), 200))
}

fn value(cell: Option<&String>) -> String {
    cell.map_or_else(|| "NULL".to_owned(), |text| shortened(&format!("{text:?}"), 80))
}

fn shortened(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
