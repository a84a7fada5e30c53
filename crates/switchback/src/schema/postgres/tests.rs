use super::*;
use crate::connect::{Canceller, DatabaseUrl, SessionOptions, connect_postgres, process_environment};
use crate::scratch::Scratch;
use crate::scratch::testing;
use std::sync::Arc;
use switchback_plan::schema::{Layer, Name, Object, differences};

const RICH: &str = include_str!("tests/rich.sql");
mod newer;
mod planted;

const ALL: &[Layer] = &[Layer::Structure, Layer::Text, Layer::Access];

struct Server {
    db: Postgres,
    cache: Cache,
    _database: Scratch,
}

impl Server {
    fn new(sql: &str) -> Server {
        let database = testing::database(Dialect::Postgres).unwrap();
        let mut server = Server { db: open(database.url()), cache: Cache::default(), _database: database };
        server.run(sql);
        server
    }

    fn run(&mut self, sql: &str) {
        self.db.query_texts(sql).unwrap_or_else(|e| panic!("{e}\n{}", sql.get(..300).unwrap_or(sql)));
    }

    fn read(&mut self) -> Schema {
        read(&mut self.db, &Scope::All, Depth::Compare).unwrap()
    }

    fn read_again(&mut self) -> Schema {
        let schema = read_cached(&mut self.db, &Scope::All, Depth::Compare, &mut self.cache).unwrap();
        Schema::clone(&schema)
    }

    fn compile(&mut self) -> Schema {
        read(&mut self.db, &Scope::All, Depth::Compile).unwrap()
    }
}

fn open(url: &str) -> Postgres {
    let DatabaseUrl::Postgres(target) =
        DatabaseUrl::parse(url).unwrap().with_environment(&process_environment).unwrap()
    else {
        panic!("{url} is no PostgreSQL");
    };
    let client = connect_postgres(&target, &SessionOptions::default()).unwrap();
    let canceller = Canceller::new(&client, &target).unwrap();
    Postgres::new(client, canceller, None, Arc::default()).unwrap()
}

/// Every fact of a schema, one a line, as a test shows them.
fn said(schema: &Schema, layers: &[Layer]) -> String {
    let lines: Vec<String> = schema
        .entries()
        .into_iter()
        .filter(|e| layers.contains(&e.layer))
        .map(|e| format!("{}: {} {}", e.object, e.property, e.value).trim_end().to_owned())
        .collect();
    lines.join("\n")
}

#[test]
fn an_empty_database_has_nothing_but_its_schema() {
    let mut server = Server::new("");
    let schema = server.read();
    assert_eq!(said(&schema, ALL), "schema (current):");
}

#[test]
fn the_structure_is_the_same_on_every_major() {
    let mut server = Server::new(RICH);
    let schema = server.read();
    insta::assert_snapshot!("structure", said(&schema, &[Layer::Structure]));
    insta::assert_snapshot!("access", said(&schema, &[Layer::Access]));
    insta::assert_snapshot!("fingerprint", schema.fingerprint().structure);
}

#[test]
fn reading_again_from_what_was_kept_gives_the_same() {
    let mut server = Server::new(RICH);
    let first = server.read_again();
    assert_eq!(first, server.read());
    assert_eq!(first, server.read_again());
    for change in [
        "ALTER TABLE users RENAME COLUMN balance TO money",
        "CREATE SCHEMA extra; CREATE TABLE extra.users (id integer); SET search_path = extra, public",
        "RESET search_path; DISCARD ALL",
        "DROP TABLE extra.users",
        "ALTER TABLE entries ADD COLUMN name text",
        "ALTER FUNCTION touch() RENAME TO touched",
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
        "ALTER TYPE mood SET SCHEMA audit",
    ] {
        change.split("; ").for_each(|statement| server.run(statement));
        assert_eq!(server.read_again(), server.read(), "{change}");
    }
}

/// An order in which nothing is dropped before what uses it.
fn dependents(schema: &Schema, wanted: impl Fn(&Object) -> bool) -> Vec<&Object> {
    let mut chosen: Vec<&Object> =
        schema.objects.iter().filter(|o| !o.create.is_empty() && wanted(o)).collect();
    loop {
        let more: Vec<&Object> = schema
            .objects
            .iter()
            .filter(|o| !o.create.is_empty() && !chosen.contains(o))
            .filter(|o| o.uses.iter().any(|u| chosen.iter().any(|c| c.table.is_none() && c.name == u.name)))
            .collect();
        if more.is_empty() {
            break;
        }
        chosen.extend(more);
    }
    let mut ordered: Vec<&Object> = Vec::new();
    while !chosen.is_empty() {
        let (free, bound): (Vec<&Object>, Vec<&Object>) = chosen.iter().partition(|o| {
            !chosen
                .iter()
                .any(|other| *o != other && o.table.is_none() && other.uses.iter().any(|u| u.name == o.name))
        });
        assert!(!free.is_empty(), "a circle: {bound:?}");
        ordered.extend(free);
        chosen = bound;
    }
    ordered
}

#[test]
fn what_depends_on_a_table_is_dropped_and_made_again_as_it_was() {
    let mut server = Server::new(RICH);
    restored(&mut server);
}

/// Dropping what uses a column is enough to change its type, and to change it back.
#[test]
fn all_that_uses_a_column_is_known() {
    let mut server = Server::new(RICH);
    for (table, column, other, own) in [
        ("users", "balance", "numeric(14, 3)", "numeric(12, 2)"),
        ("users", "code", "varchar(9) COLLATE \"C\"", "text COLLATE \"C\""),
        ("entries", "kind", "varchar(9)", "text"),
        ("entries", "user_id", "varchar(40)", "varchar(36)"),
    ] {
        let before = server.read();
        let compiled = server.compile();
        let table = Name::new(table);
        let of_column =
            |o: &Object| o.uses.iter().any(|u| u.name == table && u.column.as_deref() == Some(column));
        let all = dependents(&compiled, of_column);
        assert!(!all.is_empty());
        for object in &all {
            server.run(&object.drop);
        }
        for data_type in [other, own] {
            server.run(&format!("ALTER TABLE {table} ALTER {column} TYPE {data_type}"));
        }
        for statement in all.iter().rev().flat_map(|o| &o.create) {
            server.run(statement);
        }
        assert_eq!(differences(&before, &server.read(), ALL), [], "{table}.{column}");
    }
}

fn restored(server: &mut Server) {
    let before = server.read();
    let compiled = server.compile();
    let tables: Vec<_> = compiled.tables.iter().map(|t| &t.name).collect();
    let all = dependents(&compiled, |o| o.uses.iter().any(|u| tables.contains(&&u.name)));
    assert!(all.len() >= 15, "{}", all.len());
    for object in &all {
        server.run(&object.drop);
    }
    for statement in all.iter().rev().flat_map(|o| &o.create) {
        server.run(statement);
    }
    let found = differences(&before, &server.read(), ALL);
    assert_eq!(found, []);
}
