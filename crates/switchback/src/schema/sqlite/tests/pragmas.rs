//! What the texts say is what SQLite itself makes of them.

use super::*;
use proptest::prelude::*;
use switchback_plan::Dialect;
use switchback_plan::schema::{ConstraintKind, Table};

/// One row of a pragma.
fn told<T>(
    conn: &Connection,
    sql: &str,
    name: &str,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut statement = conn.prepare_cached(sql).unwrap();
    let rows = statement.query_map([name], read).unwrap();
    rows.map(|r| r.unwrap()).collect()
}

fn loose(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !"\"`[]()".contains(*c)).collect::<String>().to_lowercase()
}

/// What SQLite says of a table, against what was read in its text.
fn agrees(conn: &Connection, table: &Table) {
    let name = table.name.name.as_str();
    let columns = told(
        conn,
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main')",
        name,
        |r| {
            Ok((
                r.get::<_, String>(0)?,
                r.get::<_, String>(1)?,
                r.get::<_, bool>(2)?,
                r.get::<_, Option<String>>(3)?,
                r.get::<_, i64>(4)? as usize,
                r.get::<_, i64>(5)?,
            ))
        },
    );
    let key = table.primary_key().map(|k| k.columns.clone()).unwrap_or_default();
    assert_eq!(columns.len(), table.columns.len(), "{}", table.definition);
    for ((column, data_type, not_null, default, pk, hidden), read) in columns.iter().zip(&table.columns) {
        let at = format!("{column} of {}", table.definition);
        assert_eq!(*column, read.name, "{at}");
        assert_eq!(loose(data_type), loose(&read.data_type), "{at}");
        // A rowid is never NULL, whatever the pragma says.
        assert!(*not_null == read.not_null || (read.not_null && *pk > 0), "{at}");
        assert_eq!(
            default.as_deref().map(|d| loose(d).replace('\'', "")),
            read.default.as_deref().map(|d| loose(d).replace('\'', "")),
            "{at}"
        );
        let place = key.iter().position(|k| k.eq_ignore_ascii_case(column)).map_or(0, |p| p + 1);
        assert_eq!(*pk, place, "{at}");
        assert_eq!(*hidden, read.generated.as_ref().map_or(0, |g| if g.stored { 3 } else { 2 }), "{at}");
    }
    let mut keys: Vec<(String, String, String, String, String)> = Vec::new();
    let mut rows = told(
        conn,
        "SELECT id, seq, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1, 'main') ORDER BY id DESC, seq",
        name,
        |r| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, String>(2)?,
                r.get::<_, String>(3)?,
                r.get::<_, Option<String>>(4)?,
                r.get::<_, String>(5)?,
                r.get::<_, String>(6)?,
            ))
        },
    );
    rows.sort_by_key(|r| std::cmp::Reverse(r.0));
    for constraint in table.constraints.iter().filter(|c| c.kind == ConstraintKind::ForeignKey) {
        let to = constraint.references.as_ref().unwrap();
        for (i, from) in constraint.columns.iter().enumerate() {
            let target = to.columns.get(i).cloned().unwrap_or_default();
            keys.push((
                to.table.name.to_lowercase(),
                from.to_lowercase(),
                target.to_lowercase(),
                to.on_update.clone(),
                to.on_delete.clone(),
            ));
        }
    }
    assert_eq!(rows.len(), keys.len(), "{}", table.definition);
    for ((_, to, from, column, update, delete), key) in rows.iter().zip(&keys) {
        assert_eq!(
            (to.to_lowercase(), from.to_lowercase(), update, delete),
            (key.0.clone(), key.1.clone(), &key.3, &key.4),
            "{}",
            table.definition
        );
        assert!(column.as_ref().is_none_or(|c| c.to_lowercase() == key.2), "{}", table.definition);
    }
    let indexes = told(
        conn,
        "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1, 'main')",
        name,
        |r| Ok((r.get::<_, String>(0)?, r.get::<_, bool>(1)?, r.get::<_, String>(2)?, r.get::<_, bool>(3)?)),
    );
    for (index, unique, origin, partial) in indexes {
        let Some(read) = table.indexes.iter().find(|i| i.name.name == index) else {
            assert!(
                origin == "pk" && table.fact("without rowid").is_some(),
                "{index} of {}",
                table.definition
            );
            continue;
        };
        assert_eq!(
            (unique, partial, origin != "c"),
            (read.unique, read.predicate.is_some(), read.constraint.is_some()),
            "{index}"
        );
        let columns = told(
            conn,
            "SELECT name, \"desc\" FROM pragma_index_xinfo(?1, 'main') WHERE key = 1 ORDER BY seqno",
            &index,
            |r| Ok((r.get::<_, Option<String>>(0)?, r.get::<_, bool>(1)?)),
        );
        let names: Vec<Option<String>> =
            columns.iter().map(|c| c.0.as_ref().map(|n| n.to_lowercase())).collect();
        let ours: Vec<Option<String>> =
            read.columns.iter().map(|c| c.as_ref().map(|n| n.to_lowercase())).collect();
        assert!(
            names == ours || (read.constraint.is_some() && ours.is_empty()),
            "{index} of {}: {names:?} {ours:?}",
            table.definition
        );
        if read.constraint.is_none() {
            let descending = columns.iter().filter(|c| c.1).count();
            assert_eq!(
                descending,
                read.facts.iter().filter(|f| f.property == "descending").count(),
                "{index}"
            );
        }
    }
    let (without, strict) = told(
        conn,
        "SELECT wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?1",
        name,
        |r| Ok((r.get::<_, bool>(0)?, r.get::<_, bool>(1)?)),
    )[0];
    assert_eq!(
        (without, strict),
        (table.fact("without rowid").is_some(), table.fact("strict").is_some()),
        "{}",
        table.definition
    );
}

pub(super) fn all_agree(db: &mut Sqlite) -> usize {
    let schema = read(db, Depth::Compile).unwrap();
    let real: Vec<&Table> = schema.tables.iter().filter(|t| t.fact("virtual").is_none()).collect();
    for table in &real {
        assert_eq!(table.fact("definition"), None, "not read: {}", table.definition);
        // The reader is held against the parser.
        switchback_plan::ddl::TableText::parse(&table.definition).unwrap();
        agrees(db.connection(), table);
    }
    assert_eq!(schema.dialect, Dialect::Sqlite);
    real.len()
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("key".to_owned()),
        Just("end".to_owned()),
        Just("\"select\"".to_owned()),
        Just("[a b]".to_owned()),
        Just("`x``y`".to_owned()),
        Just("\"q\"\"\"".to_owned()),
        Just("größe".to_owned()),
        Just("Plain_1$".to_owned()),
        Just("'str'".to_owned()),
        Just("action".to_owned()),
    ]
}

fn gap() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![" ", "\n  ", " /* , ( */ ", " -- ) '\n"])
}

fn clauses() -> impl Strategy<Value = String> {
    let one = prop::sample::select(vec![
        "NOT NULL",
        "NOT NULL ON CONFLICT FAIL",
        "NULL",
        "UNIQUE",
        "UNIQUE ON CONFLICT IGNORE",
        "DEFAULT 'x, y'",
        "DEFAULT (1 + (2))",
        "DEFAULT -1",
        "DEFAULT + 2.5",
        "DEFAULT NULL",
        "DEFAULT true",
        "DEFAULT word",
        "DEFAULT CURRENT_TIMESTAMP",
        "DEFAULT x'00'",
        "CHECK ((1) <> 2)",
        "CONSTRAINT \"a b\" CHECK (')' <> '(')",
        "COLLATE NOCASE",
        "COLLATE \"rtrim\"",
        "REFERENCES target",
        "REFERENCES target (u) ON DELETE SET NULL ON UPDATE CASCADE MATCH FULL",
        "CONSTRAINT fk REFERENCES [target] (id) NOT DEFERRABLE",
        "CONSTRAINT lonely",
    ]);
    prop::collection::vec((gap(), one), 0..4)
        .prop_map(|list| list.into_iter().map(|(gap, clause)| format!("{gap}{clause}")).collect())
}

fn table() -> impl Strategy<Value = String> {
    let data_type = prop::sample::select(vec![
        "",
        "INTEGER",
        "TEXT",
        "VARCHAR(10)",
        "DOUBLE PRECISION",
        "DECIMAL ( 10,2 )",
        "[x y]",
        "unsigned big int",
        "key",
    ]);
    let columns = prop::collection::vec((name(), gap(), data_type, clauses(), gap()), 1..6);
    let generated = prop::sample::select(vec![
        "",
        "",
        "g GENERATED ALWAYS AS (1 + 2)",
        "g INT AS (c0) STORED",
        "g TEXT NOT NULL GENERATED ALWAYS AS ('x' || \"c0\") VIRTUAL",
    ]);
    let key = prop::sample::select(vec![
        "",
        "PRIMARY KEY (c0)",
        "CONSTRAINT pk PRIMARY KEY (c0 DESC, id)",
        "PRIMARY KEY (id AUTOINCREMENT)",
        "UNIQUE (c0 COLLATE NOCASE, id) UNIQUE (id, c0)",
        "FOREIGN KEY (c0, id) REFERENCES pair ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        "CONSTRAINT x CHECK (c0 IS NOT 'y') CONSTRAINT z FOREIGN KEY (id) REFERENCES made(c0)",
    ]);
    let options = prop::sample::select(vec!["", "WITHOUT ROWID", " -- end"]);
    (columns, generated, prop::collection::vec(key, 0..3), options).prop_map(
        |(columns, generated, keys, options)| {
            let mut items = vec!["id INTEGER".to_owned(), "c0 TEXT".to_owned()];
            for (name, gap, data_type, clauses, end) in columns {
                items.push(format!("{gap}{name} {data_type}{clauses}{end}"));
            }
            items.extend(
                [generated, keys.join("\n, ").trim_matches([',', ' ', '\n'])]
                    .iter()
                    .filter(|s| !s.is_empty())
                    .map(|s| (*s).to_owned()),
            );
            format!("CREATE TABLE made (\n{}) {options}", items.join(","))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn whatever_sqlite_takes_is_read_as_sqlite_reads_it(sql in table(), index in prop::sample::select(vec![
        "", "CREATE INDEX i ON made (c0 DESC, lower(id), 'id') WHERE c0 > ''", "CREATE UNIQUE INDEX \"i j\" ON \"made\"([id] COLLATE nocase ASC)",
    ])) {
        let mut db = database("CREATE TABLE target (id INTEGER PRIMARY KEY, u UNIQUE); CREATE TABLE pair (a, b, PRIMARY KEY (a, b));");
        // Two columns of one name, two primary keys: SQLite says no, and there is nothing to read.
        if db.connection().execute_batch(&sql).is_ok() {
            db.connection().execute_batch(index).unwrap();
            prop_assert_eq!(all_agree(&mut db), 3);
        }
    }
}

#[test]
fn a_hostile_schema_is_read_as_sqlite_reads_it() {
    assert_eq!(all_agree(&mut database(
        "CREATE TABLE a (x INTEGER PRIMARY KEY, y UNIQUE, z AS (x) STORED);
         CREATE TEMP TABLE a (b);
         CREATE TABLE IF NOT EXISTS main.b (x TEXT PRIMARY KEY, FOREIGN KEY (x) REFERENCES A);
         CREATE TABLE c AS SELECT 1 AS \"one two\", 'x' AS b;
         CREATE TABLE d (a INT PRIMARY KEY ON CONFLICT REPLACE, b DEFAULT \"quoted\", c CHECK (c IN (1, 2)) DEFERRABLE);
         CREATE INDEX d_c ON d (c, a DESC, c + a);",
    )), 4);
}
