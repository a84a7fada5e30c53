//! `drop_index`: an index less.

use super::look::{is_partitioned, refused, there_is, wrong};
use super::postgres::{create_index, restore_index};
use super::{Against, Compile, Compiled, Part, naming};
use crate::error::Result;
use crate::schema::{Index, Name, Table};
use serde::Deserialize;

/// Drops an index; concurrently on PostgreSQL.
///
/// The way down makes it again from the definition that the database kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropIndex {
    /// Its name.
    pub name: Name,
    /// PostgreSQL: in a step outside of any transaction, without blocking writers. True unless said.
    pub concurrently: Option<bool>,
}

impl DropIndex {
    fn check<'a>(&self, against: &Against<'a>) -> Result<(&'a Table, &'a Index)> {
        let found = against.index(&self.name);
        let (table, index) = found.ok_or_else(|| {
            let names: Vec<String> = against
                .schema
                .tables
                .iter()
                .flat_map(|t| t.indexes.iter().filter(|i| i.constraint.is_none()))
                .map(|i| i.name.to_string())
                .collect();
            wrong(format!("there is no index {}", self.name))
                .hint(there_is("index", names.iter().map(String::as_str)))
        })?;
        if let Some(constraint) = &index.constraint {
            return Err(refused(format!(
                "the index {} belongs to a constraint of {}",
                index.name, table.name
            ))
            .hint(format!(
                "drop the constraint: type = \"drop_constraint\", table = \"{}\", name = \"{constraint}\"",
                table.name
            )));
        }
        // A foreign key may refer to a unique index that is no constraint's.
        let columns: Vec<&String> = index.columns.iter().flatten().collect();
        let same = |columns_of: &[String]| {
            let (mut a, mut b): (Vec<&String>, Vec<&String>) = (columns.clone(), columns_of.iter().collect());
            a.sort();
            b.sort();
            a == b
        };
        if index.unique && !table.constraints.iter().any(|c| c.references.is_none() && same(&c.columns)) {
            let needs = against
                .schema
                .referring(&table.name)
                .find(|(_, c)| c.references.as_ref().is_some_and(|r| same(&r.columns)));
            if let Some((other, constraint)) = needs {
                let name = constraint.name.as_deref().unwrap_or(&constraint.definition);
                return Err(refused(format!(
                    "the foreign key {name} of {} refers to the index {}",
                    other.name, index.name
                ))
                .hint("drop that foreign key first"));
            }
        }
        Ok((table, index))
    }
}

/// PostgreSQL: the indexes of the partitions under their own names, each attached to that of the whole.
fn of_partitions(whole: &Index, against: &Against<'_>) -> Vec<String> {
    let name = whole.name.to_string();
    let mut statements = Vec::new();
    for table in &against.schema.tables {
        for index in table.indexes.iter().filter(|i| i.fact("partition of") == Some(&name)) {
            statements.push(create_index(index, ""));
            statements.extend(restore_index(&table.name, index));
            statements.extend(of_partitions(index, against));
            statements.push(format!(
                "ALTER INDEX {} ATTACH PARTITION {}",
                whole.name.sql(),
                index.name.sql()
            ));
        }
    }
    statements
}

impl Compile for DropIndex {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        let (_, index) = self.check(against)?;
        let step = naming::step(&["drop_index", &index.name.name]);
        Ok(Compiled {
            up: vec![Part::transaction(&step, vec![format!("DROP INDEX {}", index.name.sql())])],
            down: vec![Part::transaction(&step, vec![index.definition.clone()])],
            notices: Vec::new(),
        })
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        let (table, index) = self.check(against)?;
        if !index.valid {
            return Err(refused(format!(
                "the index {} is INVALID, and could not be made again so",
                index.name
            ))
            .hint("drop it by hand: DROP INDEX CONCURRENTLY"));
        }
        let concurrently = self.concurrently.unwrap_or(!is_partitioned(table));
        let step = naming::step(&["drop_index", &index.name.name]);
        let mut more = restore_index(&table.name, index);
        if is_partitioned(table) {
            more.extend(of_partitions(index, against));
        }
        let mut down = vec![create_index(index, if concurrently { "CONCURRENTLY" } else { "" })];
        let words = if concurrently { "CONCURRENTLY " } else { "" };
        let up = vec![format!("DROP INDEX {words}{}", index.name.sql())];
        if !concurrently {
            down.extend(more);
            return Ok(Compiled {
                up: vec![Part::transaction(&step, up)],
                down: vec![Part::transaction(&step, down)],
                notices: Vec::new(),
            });
        }
        let mut down = vec![Part::no_transaction(&step, down)];
        if !more.is_empty() {
            down.push(Part::transaction(naming::step(&["drop_index", &index.name.name, "rest"]), more));
        }
        Ok(Compiled { up: vec![Part::no_transaction(&step, up)], down, notices: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown_in, users};
    use crate::model::Dialect;
    use crate::schema::{Fact, Index, Name};

    #[test]
    fn an_index_comes_back_from_its_stored_definition() {
        let schemas = Dialect::ALL.map(|dialect| {
            let mut users = users(dialect);
            let definition = match dialect {
                Dialect::Sqlite => "CREATE INDEX by_name on users(name) -- hot",
                Dialect::Postgres => "CREATE INDEX by_name ON public.users USING btree (name)",
            };
            users.tables[0].indexes = vec![Index {
                name: Name::new("by_name"),
                valid: true,
                columns: vec![Some("name".to_owned())],
                definition: definition.to_owned(),
                facts: vec![Fact::structure("comment", "It's hot.")],
                ..Index::default()
            }];
            users
        });
        insta::assert_snapshot!(shown_in("type = \"drop_index\"\nname = \"by_name\"", &schemas));
        for schema in &schemas {
            insta::assert_snapshot!(refusal("type = \"drop_index\"\nname = \"by_nam\"", schema));
        }
    }
}
