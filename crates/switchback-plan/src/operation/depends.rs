//! What depends on what an operation changes, and so must make way for it.

use super::Against;
use crate::schema::{Kind, Name, Object};

/// Objects that are dropped before a change, and made again behind it.
#[derive(Debug, Default)]
pub(super) struct Dependents<'a> {
    /// In the order in which they can be dropped.
    objects: Vec<&'a Object>,
}

impl<'a> Dependents<'a> {
    /// Those that are made of one of these columns, and those that are made of them.
    pub(super) fn of_columns(against: &Against<'a>, table: &Name, columns: &[&str]) -> Dependents<'a> {
        let hit = |o: &&'a Object| {
            o.uses
                .iter()
                .any(|u| u.name == *table && u.column.as_deref().is_some_and(|c| columns.contains(&c)))
        };
        Dependents::closed(against, against.schema.objects.iter().filter(hit).collect())
    }

    /// As [`Dependents::of_columns`] with some more, and the table's own triggers and rules, which an UPDATE would fire.
    pub(super) fn of_rewritten(
        against: &Against<'a>,
        table: &Name,
        columns: &[&str],
        more: &[&'a Object],
    ) -> Dependents<'a> {
        let hit = |o: &&'a Object| {
            matches!(o.kind, Kind::Trigger | Kind::Rule) && o.table.as_ref() == Some(table)
                || more.iter().any(|m| std::ptr::eq(*m, *o))
                || o.uses
                    .iter()
                    .any(|u| u.name == *table && u.column.as_deref().is_some_and(|c| columns.contains(&c)))
        };
        Dependents::closed(against, against.schema.objects.iter().filter(hit).collect())
    }

    /// Those that are made of that table, view or function, whatever of it.
    pub(super) fn of_relation(against: &Against<'a>, name: &Name) -> Dependents<'a> {
        let hit = |o: &&'a Object| {
            o.name != *name && (o.uses.iter().any(|u| u.name == *name) || o.table.as_ref() == Some(name))
        };
        Dependents::closed(against, against.schema.objects.iter().filter(hit).collect())
    }

    /// With everything that is made of them.
    fn closed(against: &Against<'a>, mut found: Vec<&'a Object>) -> Dependents<'a> {
        let mut at = 0;
        while let Some(object) = found.get(at).copied() {
            at += 1;
            for other in &against.schema.objects {
                if needs(other, object) && !found.iter().any(|f| std::ptr::eq(*f, other)) {
                    found.push(other);
                }
            }
        }
        // Whoever is needed by none of those that are left goes first.
        let mut objects = Vec::with_capacity(found.len());
        while !found.is_empty() {
            let free = found
                .iter()
                .position(|o| !found.iter().any(|other| !std::ptr::eq(*o, *other) && needs(other, o)))
                .unwrap_or(0);
            objects.push(found.remove(free));
        }
        Dependents { objects }
    }

    pub(super) fn objects(&self) -> &[&'a Object] {
        &self.objects
    }

    /// The statements that drop them.
    pub(super) fn drop(&self) -> Vec<String> {
        self.objects.iter().map(|o| o.drop.clone()).filter(|d| !d.is_empty()).collect()
    }

    /// The same without some, which are gone already.
    pub(super) fn drop_but(&self, gone: &[&Object]) -> Vec<String> {
        let there = self.objects.iter().filter(|o| !gone.iter().any(|g| std::ptr::eq(*g, **o)));
        there.map(|o| o.drop.clone()).filter(|d| !d.is_empty()).collect()
    }

    /// The statements that make them again.
    pub(super) fn create(&self) -> Vec<String> {
        self.objects.iter().rev().flat_map(|o| o.create.iter().cloned()).collect()
    }

    /// `view a, trigger b on c`, for messages.
    pub(super) fn named(&self) -> String {
        let name = |o: &&Object| match &o.table {
            Some(table) => format!("{} {} on {table}", o.kind.as_str(), o.name),
            None => format!("{} {}", o.kind.as_str(), o.name),
        };
        self.objects.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// Whether the one is made of the other, or belongs to it.
fn needs(one: &Object, other: &Object) -> bool {
    one.table.as_ref() == Some(&other.name) && other.table.is_none()
        || one.uses.iter().any(|u| u.name == other.name) && one.name != other.name
}
