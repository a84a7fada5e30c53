use std::rc::Rc;

use super::*;
use crate::value::Value;
use switchback_plan::import::adopt;

fn put(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Every file below a folder, sorted, with its content.
fn tree(dir: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                all.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

const SQLX: [(&str, &str); 3] = [
    ("1_a.up.sql", "create table a (x int);\n"),
    ("1_a.down.sql", "drop table a;\n"),
    ("2_b.sql", "create table b (x int);\n"),
];

#[test]
fn a_folder_is_copied_whole() {
    let root = tempfile::tempdir().unwrap();
    let (from, into) = (root.path().join("from"), root.path().join("deep/er/into"));
    put(&from, &SQLX);
    let report = import(Tool::Sqlx, &from, &into, None).unwrap();
    assert!(report.written);
    let names: Vec<_> = tree(&into).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "V0001__a/down.sql",
            "V0001__a/migration.toml",
            "V0001__a/up.sql",
            "V0002__b/migration.toml",
            "V0002__b/up.sql"
        ]
    );
    let beside: Vec<_> = fs::read_dir(into.parent().unwrap()).unwrap().collect();
    assert_eq!(beside.len(), 1, "nothing temporary stays behind");
    insta::assert_snapshot!(serde_json::to_string(&report.migrations).unwrap(), @r#"[{"version":1,"name":"a","source":"1_a.up.sql","source_version":"1","notes":[]},{"version":2,"name":"b","source":"2_b.sql","source_version":"2","notes":["irreversible: imported from sqlx without a down"]}]"#);
}

#[test]
fn folders_of_diesel_are_looked_into_one_deep_and_empty_ones_are_reported() {
    let root = tempfile::tempdir().unwrap();
    let from = root.path().join("from");
    put(
        &from,
        &[("2019-01-01_a/up.sql", "select 1;"), ("2019-01-01_a/more/x.sql", ""), (".hidden/up.sql", "")],
    );
    fs::create_dir(from.join("2020-01-01_empty")).unwrap();
    let report = import(Tool::Diesel, &from, &root.path().join("into"), None).unwrap();
    let mut ignored: Vec<_> = report.ignored.iter().map(|i| format!("{}: {}", i.path, i.why)).collect();
    ignored.sort();
    assert_eq!(
        ignored,
        [
            ".hidden/: in a hidden folder",
            "2019-01-01_a/more/: neither up.sql, down.sql nor metadata.toml",
            "2020-01-01_empty/: an empty folder"
        ]
    );
    assert_eq!(report.migrations.len(), 1);
}

#[test]
fn the_same_import_again_writes_nothing_and_anything_else_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let (from, into) = (root.path().join("from"), root.path().join("into"));
    put(&from, &SQLX);
    fs::create_dir(&into).unwrap();
    assert!(import(Tool::Sqlx, &from, &into, None).unwrap().written, "an empty target is as good as none");

    put(&into, &[("V0003__own/up.sql", "select 1;"), ("V0001__a/up.sql", "create table a (x int);\r\n")]);
    let before = tree(&into);
    assert!(!import(Tool::Sqlx, &from, &into, None).unwrap().written);
    assert_eq!(tree(&into), before);

    put(&into, &[("V0001__a/up.sql", "create table other (x int);\n")]);
    let before = tree(&into);
    let error = import(Tool::Sqlx, &from, &into, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(
        error.message(),
        "the target folder is not empty and is not this import: its V0001__a/up.sql is another one"
    );
    put(&from, &[("0_new.sql", "select 1;")]);
    let error = import(Tool::Sqlx, &from, &into, None).unwrap_err();
    assert!(error.message().ends_with("V0001__new/migration.toml is not in it"), "{error}");
    assert_eq!(tree(&into), before);
}

#[test]
fn what_cannot_be_read_converted_or_written_leaves_nothing_behind() {
    let root = tempfile::tempdir().unwrap();
    let (from, into) = (root.path().join("from"), root.path().join("into"));
    let error = import(Tool::Sqlx, &from, &into, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().starts_with(&format!("{}: cannot read the folder", from.display())), "{error}");

    put(&from, &[("1_a.sql", "select 1;"), ("one_b.sql", "")]);
    let error = import(Tool::Sqlx, &from, &into, None).unwrap_err();
    assert_eq!(error.location().unwrap().file, from.join("one_b.sql").display().to_string());

    fs::remove_file(from.join("one_b.sql")).unwrap();
    fs::write(&into, "a file").unwrap();
    assert_eq!(import(Tool::Sqlx, &from, &into, None).unwrap_err().kind(), ErrorKind::Io);
    let error = import(Tool::Sqlx, &from, &into.join("below"), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert_eq!(fs::read_to_string(&into).unwrap(), "a file");

    for inside in [from.clone(), from.join("."), from.join("new/deep")] {
        let error = import(Tool::Sqlx, &from, &inside, None).unwrap_err();
        assert_eq!(error.message(), "the target lies inside the folder that is imported");
    }
    let names: Vec<_> = tree(root.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["from/1_a.sql", "into"]);
}

/// What a driver would return.
fn row(values: &[Value]) -> Row {
    let columns: Rc<[String]> = (0..values.len()).map(|i| format!("c{i}")).collect();
    Row { columns, values: values.to_vec() }
}

#[test]
fn a_history_that_is_not_there_or_not_the_tools_is_refused() {
    let error =
        foreign_history(Tool::Goose, Dialect::Sqlite, None, |_| Ok(vec![row(&[Value::Int(0)])])).unwrap_err();
    insta::assert_snapshot!(error, @"the database has no table goose_db_version, so goose has no history in it; name the table if goose was told another one, or adopt nothing: `up` applies it all");
    let error = foreign_history(Tool::GolangMigrate, Dialect::Sqlite, Some("own"), |sql| {
        if sql.starts_with("SELECT count") {
            Ok(vec![row(&[Value::Int(1)])])
        } else {
            Err(Error::new(ErrorKind::Database, "no such column: dirty"))
        }
    })
    .unwrap_err();
    insta::assert_snapshot!(error, @"the table own is not a history of golang-migrate: no such column: dirty; name the tool that wrote it");
}

/// Each tool's own table, as its sources create it, read by SQLite itself.
#[test]
fn histories_are_read_from_the_tables_that_the_tools_make() {
    let tables = [
        (Tool::Diesel, "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
          INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000001'), ('00000000000002')", vec!["00000000000001", "00000000000002"], None),
        (Tool::Sqlx, "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);
          INSERT INTO _sqlx_migrations VALUES (1, 'a', '', TRUE, x'01', 0), (2, 'b', '', FALSE, x'02', -1)", vec!["1"], Some("2")),
        (Tool::GolangMigrate, "CREATE TABLE schema_migrations (version uint64,dirty bool); INSERT INTO schema_migrations VALUES (7, 0)", vec!["7"], None),
        (Tool::Goose, "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
          INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1), (2, 0), (3, 1), (3, 0), (3, 1)", vec!["1", "3"], None),
        (Tool::Dbmate, "CREATE TABLE schema_migrations (version varchar(128) primary key); INSERT INTO schema_migrations VALUES ('0042')", vec!["0042"], None),
    ];
    for (tool, sql, versions, dirty) in tables {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch(sql).unwrap();
        let history = foreign_history(tool, Dialect::Sqlite, None, |sql| {
            let mut statement = db.prepare(sql).unwrap();
            let width = statement.column_count();
            let rows = statement.query_map([], |r| {
                let values: Vec<Value> = (0..width)
                    .map(|i| match r.get_ref(i).unwrap() {
                        rusqlite::types::ValueRef::Null => Value::Null,
                        rusqlite::types::ValueRef::Integer(v) => Value::Int(v),
                        rusqlite::types::ValueRef::Real(v) => Value::Float(v),
                        rusqlite::types::ValueRef::Text(v) => {
                            Value::Text(String::from_utf8(v.to_vec()).unwrap())
                        }
                        rusqlite::types::ValueRef::Blob(v) => Value::Bytes(v.to_vec()),
                    })
                    .collect();
                Ok(row(&values))
            });
            Ok(rows.unwrap().map(|r| r.unwrap()).collect())
        })
        .unwrap();
        let got: Vec<_> = history.versions.iter().map(|v| v.version.as_str()).collect();
        assert_eq!(got, versions, "{tool}");
        assert_eq!(history.dirty.as_deref(), dirty, "{tool}");
    }
}

#[test]
fn what_was_imported_can_adopt_the_history() {
    let root = tempfile::tempdir().unwrap();
    let from = root.path().join("from");
    put(&from, &SQLX);
    let report = import(Tool::Sqlx, &from, &root.path().join("into"), None).unwrap();
    let rows = [row(&[Value::Text("1".to_owned()), Value::Null, Value::Int(0)])];
    let mut answers = vec![rows.to_vec(), vec![row(&[Value::Int(1)])]];
    let history =
        foreign_history(Tool::Sqlx, Dialect::Postgres, None, |_| Ok(answers.pop().unwrap())).unwrap();
    assert_eq!(adopt(Tool::Sqlx, &report.conversion.migrations, &history).unwrap(), [1]);
}
