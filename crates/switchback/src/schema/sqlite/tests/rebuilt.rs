//! A rebuild keeps all that it is not told to change.

use super::*;
use crate::db::Begin;
use rusqlite::types::Value;
use switchback_plan::ddl::{Copy, TableText, rebuild};
use switchback_plan::schema::Name;
use switchback_plan::{Dialect, source};

/// Everything that a table can have.
const HOSTILE: &str = r#"
PRAGMA foreign_keys = ON;
CREATE TABLE parents ( -- the parents
    id INTEGER PRIMARY KEY AUTOINCREMENT, /* counted */
    [na me] TEXT COLLATE NOCASE NOT NULL DEFAULT ('a' || 'b'),
    `key` TEXT UNIQUE ON CONFLICT IGNORE CHECK (length("key") > 0),
    parent INT REFERENCES parents (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    upper_name TEXT GENERATED ALWAYS AS (upper("na me")) STORED,
    short AS (substr(key, 1, 1)) VIRTUAL,
    CONSTRAINT named CHECK (id <> 13)
);
CREATE TABLE "no ""key""" (a, b TEXT, rowid TEXT, UNIQUE (a COLLATE NOCASE, b));
CREATE TABLE strict_one (a TEXT PRIMARY KEY, b ANY, c REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE children (
    x INT, y INT,
    parent_id INT NOT NULL REFERENCES parents ON DELETE CASCADE ON UPDATE CASCADE,
    PRIMARY KEY (x, y),
    FOREIGN KEY (x, y) REFERENCES children (x, y) ON DELETE SET NULL
);
CREATE TABLE "größe"(id INTEGER PRIMARY KEY DESC, "sélect" BLOB);
CREATE TABLE altered (a INT);
INSERT INTO altered VALUES (1), (2);
ALTER TABLE altered ADD COLUMN b TEXT NOT NULL DEFAULT 'x' COLLATE RTRIM;
ALTER TABLE altered RENAME COLUMN a TO "a b";
ALTER TABLE altered RENAME TO "alter ed";
CREATE TABLE log (what TEXT, n INT);
CREATE TABLE counted_down (id INTEGER PRIMARY KEY AUTOINCREMENT, a);
CREATE TABLE never_counted (id INTEGER PRIMARY KEY AUTOINCREMENT, a);
CREATE TABLE uncounted (id INTEGER PRIMARY KEY AUTOINCREMENT, a);

INSERT INTO parents (id, "na me", key, parent) VALUES (1, 'Ann', 'k1', NULL), (7, 'Bob', 'k2', 1), (9, 'ann', NULL, 7);
DELETE FROM parents WHERE id = 9;
UPDATE sqlite_sequence SET seq = 4711 WHERE name = 'parents';
INSERT INTO "no ""key""" (oid, a, b, rowid) VALUES (5, 1, 'x', 'r'), (99, x'00', NULL, 'r'), (-3, 1.5, '1', NULL);
INSERT INTO strict_one VALUES ('a', 1, 1.0), ('b', x'ff', 2);
INSERT INTO children VALUES (1, 1, 1), (1, 2, 7), (NULL, 1, 7);
INSERT INTO "größe" VALUES (3, x'00ff'), (1, 'text');
INSERT INTO counted_down VALUES (20, 'a'), (21, 'b');
UPDATE sqlite_sequence SET seq = 3 WHERE name = 'counted_down';
INSERT INTO uncounted VALUES (5, 'x');
DELETE FROM sqlite_sequence WHERE name = 'uncounted';

CREATE INDEX parents_name ON parents ("na me" COLLATE RTRIM DESC, lower(key)) WHERE parent IS NOT NULL; -- partial
CREATE UNIQUE INDEX "in dex" ON "no ""key""" (b);
CREATE INDEX altered_b ON "alter ed" (b, "a b");
CREATE VIEW family AS SELECT p.*, c.x FROM parents p LEFT JOIN children c ON c.parent_id = p.id;
CREATE VIEW names(n) AS SELECT "na me" FROM parents;
CREATE TRIGGER z_first AFTER UPDATE ON parents BEGIN INSERT INTO log VALUES ('first', OLD.id); END;
CREATE TRIGGER a_second AFTER UPDATE ON parents BEGIN INSERT INTO log VALUES ('second', OLD.id); END;
CREATE TRIGGER other AFTER INSERT ON children BEGIN UPDATE parents SET parent = NULL WHERE id = NEW.parent_id; END;
CREATE TRIGGER instead INSTEAD OF DELETE ON names BEGIN DELETE FROM parents WHERE "na me" = OLD.n; END;
CREATE VIRTUAL TABLE search USING fts5(name, content='parents', content_rowid='id');
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
INSERT INTO boxes VALUES (1, 0, 1);
ANALYZE;
"#;

type Rows = Vec<Vec<Value>>;

fn rows(conn: &Connection, sql: &str) -> Rows {
    let mut statement = conn.prepare(sql).unwrap_or_else(|e| panic!("{e}: {sql}"));
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|i| row.get(i)).collect()).unwrap();
    rows.map(|r| r.unwrap()).collect()
}

/// Everything in a database, rowids and counters too, but for the order in which things were made.
fn dump(db: &Sqlite) -> Vec<(String, Rows)> {
    let conn = db.connection();
    let mut all = vec![
        (
            "schema".to_owned(),
            rows(conn, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2"),
        ),
        ("sequence".to_owned(), rows(conn, "SELECT name, seq FROM sqlite_sequence ORDER BY rowid")),
        ("stat".to_owned(), rows(conn, "SELECT * FROM sqlite_stat1 ORDER BY 1, 2")),
        ("violations".to_owned(), rows(conn, "PRAGMA foreign_key_check")),
    ];
    for row in rows(
        conn,
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name <> 'sqlite_schema' ORDER BY 1",
    ) {
        let [Value::Text(name), Value::Integer(without)] = row.as_slice() else { panic!("{row:?}") };
        let rowid = if *without == 1 { "NULL" } else { "_rowid_" };
        let sql = format!("SELECT {rowid}, * FROM \"{}\"", name.replace('"', "\"\""));
        all.push((name.clone(), rows(conn, &sql)));
    }
    all
}

/// Runs statements as the engine runs a file of them.
fn run(db: &mut Sqlite, statements: &[String]) -> Result<()> {
    let text = format!("PRAGMA foreign_keys = OFF;\n{};\n", statements.join(";\n"));
    let script = source::parse_script(Dialect::Sqlite, "up.sqlite.sql", &text)?;
    let how = Begin { foreign_keys_off: script.foreign_keys_off, ..Begin::default() };
    db.begin(&how, &[])?;
    for step in &script.steps {
        if let Err(failed) = db.run_step(&script, step) {
            db.rollback();
            return Err(failed.error);
        }
    }
    db.commit(&[])
}

fn setting(db: &Sqlite, name: &str) -> i64 {
    db.connection().pragma_query_value(None, name, |row| row.get(0)).unwrap()
}

#[test]
fn a_rebuild_from_the_tables_own_text_changes_nothing_at_all() {
    let mut db = database(HOSTILE);
    let schema = read(&mut db, Depth::Compile).unwrap();
    let before = dump(&db);
    for table in schema.tables.iter().filter(|t| t.fact("virtual").is_none()) {
        let statements = rebuild(table, &table.definition, &[], &schema).unwrap();
        run(&mut db, &statements).unwrap_or_else(|e| panic!("{}: {e}", table.name));
        for (was, is) in before.iter().zip(dump(&db)) {
            assert_eq!(*was, is, "after the rebuild of {}: {statements:#?}", table.name);
        }
        assert_eq!(read(&mut db, Depth::Compile).unwrap(), schema, "{}", table.name);
    }
    // Triggers still fire in their order, children still follow, views still answer, the index still finds.
    let conn = db.connection();
    conn.execute_batch("UPDATE parents SET parent = parent WHERE id = 7").unwrap();
    let fresh = database(HOSTILE);
    fresh.connection().execute_batch("UPDATE parents SET parent = parent WHERE id = 7").unwrap();
    assert_eq!(rows(conn, "SELECT what FROM log"), rows(fresh.connection(), "SELECT what FROM log"));
    assert_eq!(rows(conn, "SELECT count(*) FROM family"), [[Value::Integer(3)]]);
    conn.execute_batch("INSERT INTO parents (\"na me\") VALUES ('next'); DELETE FROM parents WHERE id = 1")
        .unwrap();
    assert_eq!(rows(conn, "SELECT max(id) FROM parents"), [[Value::Integer(4712)]]);
    assert_eq!(rows(conn, "SELECT count(*) FROM children"), [[Value::Integer(0)]]);
}

#[test]
fn an_edited_table_is_rebuilt_and_back_again_without_a_trace() {
    let mut db = database(HOSTILE);
    let schema = read(&mut db, Depth::Compile).unwrap();
    let before = dump(&db);
    let table = schema.table(&Name::new("parents")).unwrap();
    let text = TableText::parse(&table.definition).unwrap();
    let changed = text
        .add_column("\"ne w\" INT NOT NULL CHECK (\"ne w\" > 0)")
        .and_then(|t| t.set_type("key", "BLOB"))
        .and_then(|t| t.add_constraint("CHECK (typeof(key) IN ('blob', 'null'))"))
        .unwrap();
    let copies = [Copy::new("ne w", "id + 1"), Copy::new("KEY", "CAST(key AS BLOB)")];
    run(&mut db, &rebuild(table, changed.sql(), &copies, &schema).unwrap()).unwrap();
    let there = read(&mut db, Depth::Compile).unwrap();
    assert_eq!(
        rows(db.connection(), "SELECT \"ne w\", key FROM parents WHERE id = 7"),
        [[Value::Integer(8), Value::Blob(b"k2".to_vec())]]
    );
    let now = there.table(&Name::new("parents")).unwrap();
    run(&mut db, &rebuild(now, &table.definition, &[Copy::new("key", "CAST(key AS TEXT)")], &there).unwrap())
        .unwrap();
    for (was, is) in before.iter().zip(dump(&db)) {
        assert_eq!(*was, is);
    }
}

#[test]
fn settings_are_what_they_were_after_every_end_of_a_rebuild() {
    let mut db = database(HOSTILE);
    let schema = read(&mut db, Depth::Compile).unwrap();
    let before = dump(&db);
    let table = schema.table(&Name::new("parents")).unwrap();
    let good = rebuild(table, &table.definition, &[], &schema).unwrap();
    for at in 0..=good.len() {
        let mut broken = good.clone();
        broken.insert(at, "INSERT INTO nowhere VALUES (1)".to_owned());
        run(&mut db, &broken).unwrap_err();
        assert_eq!((setting(&db, "legacy_alter_table"), setting(&db, "foreign_keys")), (0, 1), "at {at}");
        assert_eq!(dump(&db), before);
    }
    // A row that the new table refuses; and one that its own ON CONFLICT would drop without a word.
    for copy in [Copy::new("id", "13"), Copy::new("key", "'same'")] {
        let statements = rebuild(table, &table.definition, &[copy], &schema).unwrap();
        run(&mut db, &statements).unwrap_err();
        assert_eq!((setting(&db, "legacy_alter_table"), setting(&db, "foreign_keys")), (0, 1));
        assert_eq!(dump(&db), before);
    }
    run(&mut db, &good).unwrap();
    assert_eq!((setting(&db, "legacy_alter_table"), setting(&db, "foreign_keys")), (0, 1));
}
