//! `drop_table`: archived, so that the way down brings it back.

use super::depends::Dependents;
use super::look::{refused, structural};
use super::postgres::{add_constraint, drop_constraint, restore_constraint};
use super::{Against, Compile, Compiled, Part, naming, sqlite};
use crate::error::Result;
use crate::model::Dialect;
use crate::quote;
use crate::schema::{ConstraintKind, Kind, Name, Object, Table};
use serde::Deserialize;

/// Takes a table away: its rows stay in an archive, `table_archive_20261121t201400z`, and come back on the way down.
///
/// With `archive = false` the rows are gone, which is a loss to declare: `lossy = ["table"]`. On PostgreSQL the archive is
/// the table itself under another name, with its indexes and sequences renamed, so that the names are free; its foreign keys
/// to others are dropped, for nothing shall hinder those or change the archive. On SQLite it is a copy. The rows are
/// counted before and after on both, and one that is missing aborts.
///
/// Foreign keys, views and functions that need the table are named, and must go first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropTable {
    /// The table.
    pub table: Name,
    /// Keep the rows; true unless said.
    pub archive: Option<bool>,
}

impl DropTable {
    fn check<'a>(&self, against: &Against<'a>) -> Result<&'a Table> {
        let table = against.table(&self.table)?;
        structural(table, against)?;
        if let Some((other, key)) = against.schema.referring(&table.name).find(|(t, _)| t.name != table.name)
        {
            let name = key.name.as_deref().unwrap_or(&key.definition);
            return Err(refused(format!("{} has a foreign key to {}: {name}", other.name, table.name))
                .hint("drop that foreign key first, with drop_constraint"));
        }
        let own = |o: &Object| o.table.as_ref() == Some(&table.name) || o.kind == Kind::Sequence;
        let follows = |o: &Object| own(o) || matches!(o.kind, Kind::Statistics | Kind::Publication);
        let dependents = Dependents::of_relation(against, &table.name);
        if let Some(object) = dependents.objects().iter().find(|o| !follows(o)) {
            return Err(refused(format!(
                "the {} {} is made of {}",
                object.kind.as_str(),
                object.name,
                table.name
            ))
            .hint("drop it first, with an operation `sql`"));
        }
        Ok(table)
    }

    fn archive(&self, table: &Table, against: &Against<'_>) -> Name {
        let stamp = against.stamp.to_ascii_lowercase();
        let named = |more: &[&str]| {
            let mut parts = vec![table.name.name.as_str()];
            if self.archive != Some(false) {
                parts.extend(["archive", &stamp]);
            }
            parts.extend(more);
            table.name.sibling(match self.archive {
                Some(false) => naming::kept(against.version, &parts),
                _ => naming::joined(&parts),
            })
        };
        // Two tables of one name may go in one migration, or in two that are sealed together.
        let mut name = named(&[]);
        let mut number = 2;
        while against.taken(&name).is_some() {
            name = named(&[&number.to_string()]);
            number += 1;
        }
        name
    }

    fn step(&self) -> String {
        naming::step(&["drop_table", &self.table.name])
    }

    fn notices(&self, archive: &Name) -> Vec<String> {
        match self.archive {
            Some(false) => vec![format!("the rows of {} are gone for good", self.table)],
            _ => vec![format!("the rows of {} stay in {archive}", self.table)],
        }
    }
}

/// The rows are counted,
fn count(table: &str) -> Vec<String> {
    vec![
        "CREATE TEMP TABLE switchback_compared (counted bigint, kept bigint, CONSTRAINT every_row_is_kept CHECK (kept = counted))"
            .to_owned(),
        format!("INSERT INTO switchback_compared (counted) SELECT count(*) FROM {table}"),
    ]
}

/// and there must be as many in the archive.
fn compare(archive: &str) -> Vec<String> {
    vec![
        format!("UPDATE switchback_compared SET kept = (SELECT count(*) FROM {archive})"),
        "DROP TABLE switchback_compared".to_owned(),
    ]
}

impl Compile for DropTable {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let table = self.check(against)?;
        let text = sqlite::text(table)?;
        let archive = self.archive(table, against);
        let name = table.name.sql();
        let (mut up, mut down) = (Vec::new(), vec![table.definition.clone()]);
        if self.archive != Some(false) {
            let aside = archive.sql();
            let columns: Vec<String> = table.columns.iter().map(|c| quote::ident(&c.name)).collect();
            let given = table.columns.iter().filter(|c| c.generated.is_none());
            let mut given: Vec<String> = given.map(|c| quote::ident(&c.name)).collect();
            let mut all = columns.clone();
            let free = |n: &&&str| table.column(n, Dialect::Sqlite).is_none();
            let rowid = ["rowid", "_rowid_", "oid"].iter().find(free);
            if let Some(rowid) = rowid.filter(|_| !text.without_rowid && text.rowid_alias().is_none()) {
                all.insert(0, (*rowid).to_owned());
                given.insert(0, (*rowid).to_owned());
            }
            let (all, given) = (all.join(", "), given.join(", "));
            up.push(format!("CREATE TABLE {aside} (\n    {}\n)", columns.join(",\n    ")));
            up.push(format!("INSERT INTO {aside} ({all})\nSELECT {all} FROM {name}"));
            up.splice(0..0, count(&name));
            up.extend(compare(&aside));
            down.push(format!("INSERT OR ABORT INTO {name} ({given})\nSELECT {given} FROM {aside}"));
            if text.autoincrement() {
                let (own, other) =
                    (quote::sqlite_literal(&table.name.name), quote::sqlite_literal(&archive.name));
                up.push(format!("UPDATE sqlite_sequence SET name = {other} WHERE name = {own}"));
                down.push(format!("DELETE FROM sqlite_sequence WHERE name = {own}"));
                down.push(format!("UPDATE sqlite_sequence SET name = {own} WHERE name = {other}"));
            }
            down.push(format!("DROP TABLE {aside}"));
        }
        up.push(format!("DROP TABLE {name}"));
        down.extend(table.indexes.iter().map(|i| i.definition.clone()).filter(|d| !d.is_empty()));
        let triggers = against
            .schema
            .objects
            .iter()
            .filter(|o| o.kind == Kind::Trigger && o.table.as_ref() == Some(&table.name));
        down.extend(triggers.map(|o| o.definition.clone()));
        Ok(Compiled {
            up: vec![sqlite::unchecked(&self.step(), up)],
            down: vec![sqlite::unchecked(&self.step(), down)],
            notices: self.notices(&archive),
        })
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let table = self.check(against)?;
        let archive = self.archive(table, against);
        let name = &table.name;
        let foreign: Vec<_> = table
            .constraints
            .iter()
            .filter(|c| c.kind == ConstraintKind::ForeignKey)
            .filter(|c| c.references.as_ref().is_some_and(|r| r.table != *name))
            .collect();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        if self.archive != Some(false) {
            // Nobody writes from here on.
            up.push(format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", name.sql()));
            up.extend(count(&name.sql()));
        }
        for constraint in &foreign {
            up.extend(constraint.name.as_ref().map(|n| drop_constraint(name, n)));
        }
        let rename = |what: &str, from: &Name, to: &str| {
            format!("ALTER {what} {} RENAME TO {}", from.sql(), quote::ident(to))
        };
        up.push(rename("TABLE", name, &archive.name));
        down.push(rename("TABLE", &archive, &name.name));
        // Everything whose name is the schema's, not the table's.
        let suffix = archive.name.strip_prefix(&name.name).unwrap_or(&archive.name);
        let suffix = suffix.trim_start_matches('_');
        let of_table = |o: &&Object| match o.kind {
            Kind::Sequence => o.facts.iter().any(|f| {
                matches!(f.property, "owned by" | "identity of")
                    && table.columns.iter().any(|c| f.value == format!("{name}.{}", c.name))
            }),
            Kind::Statistics => o.table.as_ref() == Some(name) || o.uses.iter().any(|u| u.name == *name),
            _ => false,
        };
        let mut others: Vec<(&str, &Name)> = table.indexes.iter().map(|i| ("INDEX", &i.name)).collect();
        for object in against.schema.objects.iter().filter(of_table) {
            others
                .push((if object.kind == Kind::Sequence { "SEQUENCE" } else { "STATISTICS" }, &object.name));
        }
        for (what, old) in others {
            let new = naming::joined(&[&old.name, suffix]);
            up.push(rename(what, old, &new));
            down.push(rename(what, &old.sibling(&*new), &old.name));
        }
        match self.archive {
            Some(false) => up.push(format!("TRUNCATE {}", archive.sql())),
            Some(true) | None => up.extend(compare(&archive.sql())),
        }
        for constraint in &foreign {
            if let Some(constraint_name) = &constraint.name {
                down.push(add_constraint(name, constraint_name, &constraint.definition));
                down.extend(restore_constraint(table, constraint));
            }
        }
        Ok(Compiled {
            up: vec![Part::transaction(self.step(), up)],
            down: vec![Part::transaction(self.step(), down)],
            notices: self.notices(&archive),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;
    use crate::schema::{Constraint, ConstraintKind, Name, References, Table};

    #[test]
    fn a_table_is_archived_and_comes_back() {
        insta::assert_snapshot!(shown("type = \"drop_table\"\ntable = \"users\""));
        insta::assert_snapshot!(shown("type = \"drop_table\"\ntable = \"users\"\narchive = false"));
    }

    #[test]
    fn what_needs_the_table_is_named() {
        let mut users = users(Dialect::Postgres);
        users.tables.push(Table {
            name: Name::new("posts"),
            constraints: vec![Constraint {
                name: Some("posts_user_id_fkey".to_owned()),
                kind: ConstraintKind::ForeignKey,
                columns: vec!["user_id".to_owned()],
                references: Some(References {
                    table: Name::new("users"),
                    columns: vec!["id".to_owned()],
                    on_delete: "CASCADE".to_owned(),
                    on_update: "NO ACTION".to_owned(),
                }),
                definition: String::new(),
                validated: true,
                facts: Vec::new(),
            }],
            ..Table::default()
        });
        insta::assert_snapshot!(refusal("type = \"drop_table\"\ntable = \"users\"", &users));
    }
}
