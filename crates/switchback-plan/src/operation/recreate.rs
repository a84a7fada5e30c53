//! An index that went missing, made again as it was.

use super::look::is_partitioned;
use super::postgres::{create_index, restore_index};
use crate::lex::lex;
use crate::model::Dialect;
use crate::schema::{Index, Table};

/// The statements that make an index again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// What makes it.
    pub create: String,
    /// Whether that runs outside any transaction: PostgreSQL, without keeping writers out.
    pub concurrently: bool,
    /// What it has besides (comment, statistics, tablespace), once it is there.
    pub after: Vec<String>,
}

/// An index of a table as a schema has it that was read with everything that compiling needs; `None` where it has no
/// statement of its own: it belongs to a constraint or to the index of a partitioned table.
pub fn index_again(dialect: Dialect, table: &Table, index: &Index) -> Option<Again> {
    if index.constraint.is_some() || index.definition.is_empty() || index.fact("partition of").is_some() {
        return None;
    }
    Some(match dialect {
        Dialect::Sqlite => Again { create: index.definition.clone(), concurrently: false, after: Vec::new() },
        Dialect::Postgres => {
            // The server builds the index of a partitioned table and those of its partitions at once, or not at all.
            let concurrently = !is_partitioned(table);
            let create = match concurrently {
                true => create_index(index, "CONCURRENTLY"),
                false => with_partitions(&create_index(index, "")),
            };
            let mut after = restore_index(&table.name, index);
            let place = index.fact("tablespace");
            after.extend(place.map(|place| {
                format!("ALTER INDEX {} SET TABLESPACE {}", index.name.sql(), crate::quote::ident(place))
            }));
            Again { create, concurrently, after }
        }
    })
}

/// The server writes `ON ONLY table`, which would leave the partitions without. A name of that spelling is quoted.
fn with_partitions(definition: &str) -> String {
    match lex(Dialect::Postgres, definition).iter().find(|t| t.is_word(definition, "only")) {
        Some(only) => format!("{}{}", definition[..only.start].trim_end(), &definition[only.end..]),
        None => definition.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Fact, Name};

    fn index(facts: Vec<Fact>) -> Index {
        Index {
            name: Name::new("an \"index\" on it"),
            definition: "CREATE UNIQUE INDEX \"an \"\"index\"\" on it\" ON users USING btree (lower(email))"
                .to_owned(),
            facts,
            ..Index::default()
        }
    }

    #[test]
    fn an_index_comes_back_without_keeping_writers_out_and_with_what_was_said_of_it() {
        let users = Table { name: Name::new("users"), ..Table::default() };
        let facts = vec![
            Fact::structure("comment", "it's one"),
            Fact::structure("options of keys", "1 statistics 300"),
            Fact::structure("tablespace", "fast"),
        ];
        let again = index_again(Dialect::Postgres, &users, &index(facts)).unwrap();
        insta::assert_snapshot!([vec![again.create], again.after].concat().join(";\n"), @r#"
        CREATE UNIQUE INDEX CONCURRENTLY "an ""index"" on it" ON users USING btree (lower(email));
        ALTER INDEX "an ""index"" on it" ALTER COLUMN 1 SET STATISTICS 300;
        COMMENT ON INDEX "an ""index"" on it" IS 'it''s one';
        ALTER INDEX "an ""index"" on it" SET TABLESPACE "fast"
        "#);
    }

    #[test]
    fn the_index_of_a_partitioned_table_comes_with_those_of_its_partitions() {
        let facts = vec![Fact::structure("kind", "partitioned")];
        let events = Table { name: Name::new("events"), facts, ..Table::default() };
        let definition = "CREATE INDEX \"on only\" ON ONLY events USING btree (at)".to_owned();
        let again = index_again(Dialect::Postgres, &events, &Index { definition, ..index(Vec::new()) });
        let again = again.unwrap();
        assert_eq!(again.create, "CREATE INDEX \"on only\" ON events USING btree (at)");
        assert!(!again.concurrently);
    }

    #[test]
    fn what_belongs_to_a_constraint_or_to_another_index_has_no_statement_of_its_own() {
        let users = Table { name: Name::new("users"), ..Table::default() };
        let of_key = Index { constraint: Some("users_pkey".to_owned()), ..index(Vec::new()) };
        assert_eq!(index_again(Dialect::Postgres, &users, &of_key), None);
        let part = index(vec![Fact::structure("partition of", "users_idx")]);
        assert_eq!(index_again(Dialect::Postgres, &users, &part), None);
        let automatic = Index { definition: String::new(), ..index(Vec::new()) };
        assert_eq!(index_again(Dialect::Sqlite, &users, &automatic), None);
    }
}
