use super::*;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use switchback_plan::schema::{Difference, Layer, differences};

mod planted;
mod pragmas;
mod rebuilt;

const ALL: &[Layer] = &[Layer::Structure, Layer::Text, Layer::Access];

fn database(sql: &str) -> Sqlite {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(sql).unwrap_or_else(|e| panic!("{e}: {sql}"));
    Sqlite::new(conn, None, Arc::new(AtomicBool::new(false))).unwrap()
}

fn schema_of(sql: &str) -> Schema {
    read(&mut database(sql), Depth::Compile).unwrap()
}

fn between(before: &str, after: &str) -> Vec<Difference> {
    let (before, after) = (schema_of(before), schema_of(after));
    let found = differences(&before, &after, ALL);
    assert_eq!(found.is_empty(), before.fingerprint() == after.fingerprint());
    found
}

#[test]
fn what_has_not_changed_is_not_read_again_and_what_a_rollback_undid_is() {
    let mut db = database("CREATE TABLE t (a); CREATE VIRTUAL TABLE f USING fts5(x);");
    let mut cache = Cache::default();
    let first = read_cached(&mut db, Depth::Compare, &mut cache).unwrap();
    assert!(Rc::ptr_eq(&first, &read_cached(&mut db, Depth::Compare, &mut cache).unwrap()));
    assert!(!Rc::ptr_eq(&first, &read_cached(&mut db, Depth::Compile, &mut cache).unwrap()));
    db.connection().execute_batch("BEGIN; CREATE TABLE u (a);").unwrap();
    let changed = read_cached(&mut db, Depth::Compile, &mut cache).unwrap();
    assert_eq!(changed.tables.len(), 3);
    db.connection().execute_batch("ROLLBACK; CREATE TABLE v (b);").unwrap();
    let other = read_cached(&mut db, Depth::Compile, &mut cache).unwrap();
    assert_eq!(other.tables[2].name.name, "v");
}

#[test]
fn tables_of_sqlite_and_of_the_history_are_left_out_and_those_kept_aside_are_not() {
    let schema = schema_of(
        "CREATE TABLE refinery_schema_history (version INT PRIMARY KEY, name TEXT);
         CREATE TABLE switchback_journal (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT UNIQUE);
         CREATE INDEX journal_x ON switchback_journal (x);
         CREATE TRIGGER journal_t AFTER INSERT ON switchback_journal BEGIN SELECT 1; END;
         CREATE TABLE switchback_kept_3_users (id);
         CREATE VIRTUAL TABLE search USING fts5(title, body, tokenize = 'porter');
         CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
         CREATE TABLE t (a); INSERT INTO t VALUES (1); ANALYZE;",
    );
    let names: Vec<String> = schema.tables.iter().map(|t| t.name.to_string()).collect();
    assert_eq!(names, ["boxes", "search", "switchback_kept_3_users", "t"]);
    assert_eq!(schema.tables[1].fact("virtual"), Some("fts5"));
    assert_eq!(schema.tables[1].fact("arguments"), Some("(title, body, tokenize = 'porter')"));
    let columns: Vec<&str> = schema.tables[1].columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(columns, ["title", "body"]);
    assert_eq!(schema.objects, []);
}

#[test]
fn views_and_triggers_say_what_they_use() {
    let schema = schema_of(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, name TEXT);
         CREATE TABLE log (what TEXT);
         CREATE VIEW v AS SELECT u.email FROM users u WHERE 'name' <> '';
         CREATE VIEW w AS SELECT * FROM v;
         CREATE TRIGGER z AFTER UPDATE OF name ON users BEGIN INSERT INTO log (what) VALUES (NEW.id); END;
         CREATE TRIGGER a AFTER UPDATE OF name ON users BEGIN INSERT INTO log(what) VALUES (NEW.id); END;
         CREATE TRIGGER i INSTEAD OF DELETE ON v BEGIN DELETE FROM users WHERE email = OLD.email; END;",
    );
    let said: Vec<String> = schema
        .objects
        .iter()
        .map(|o| {
            let uses: Vec<String> = o
                .uses
                .iter()
                .map(|u| u.column.as_ref().map_or(u.name.to_string(), |c| format!("{}.{c}", u.name)))
                .collect();
            format!("{} {}: {} | {}", o.kind.as_str(), o.name, o.drop, uses.join(", "))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(schema.objects[0].create, [schema.objects[0].definition.clone()]);
}

#[test]
fn after_a_change_the_schema_is_what_it_is_to_a_fresh_eye() {
    let mut db = database("CREATE TABLE t (a UNIQUE, b REFERENCES u); CREATE TABLE u (id TEXT PRIMARY KEY);");
    let mut cache = Cache::default();
    for change in [
        "SELECT 1",
        "CREATE INDEX i ON t (b)",
        "ALTER TABLE u RENAME COLUMN id TO key",
        "CREATE VIEW v AS SELECT * FROM t",
        "ALTER TABLE t ADD COLUMN c DEFAULT 3",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END",
        "DROP INDEX i",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "ALTER TABLE t RENAME TO w",
        "DROP TABLE f",
        "DROP TABLE w",
    ] {
        db.connection().execute_batch(change).unwrap();
        let cached = read_cached(&mut db, Depth::Compile, &mut cache).unwrap();
        assert_eq!(*cached, read(&mut db, Depth::Compile).unwrap(), "{change}");
    }
}
