use super::*;

fn count(url: &str, sql: &str) -> i64 {
    server::connect(url).unwrap().query_one(sql, &[]).unwrap().get(0)
}

fn with_setup(text: &str) -> Options {
    let setup = Setup { file: "scratch/setup.sql".into(), text: text.into() };
    Options { setup: Some(setup), ..Options::default() }
}

#[test]
fn a_sqlite_file_exists_runs_the_setup_and_is_gone_with_its_journal() {
    let scratch = Scratch::open(
        Dialect::Sqlite,
        &with_setup("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)"),
    )
    .unwrap();
    let path = std::path::PathBuf::from(scratch.sqlite_path());
    let connection = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)), Ok(1));
    let dir = path.parent().unwrap().to_owned();
    assert!(dir.join("scratch.db-wal").exists());
    drop(scratch);
    assert!(!dir.exists());
}

#[test]
fn roles_extensions_and_setup_come_in_that_order() {
    let mut options = with_setup(
        "CREATE TABLE t (x citext); GRANT SELECT ON t TO reader; ALTER TABLE t OWNER TO \"the owner\"",
    );
    // Twice the same: a role that exists is no error.
    options.roles = vec!["reader".into(), "the owner".into(), "reader".into()];
    options.extensions = vec!["citext".into()];
    let mut scratch = Scratch::open(Dialect::Postgres, &options).unwrap();
    assert_eq!(count(scratch.url(), "SELECT count(*) FROM pg_tables WHERE tableowner = 'the owner'"), 1);
    let url = scratch.url().to_owned();
    let cluster = scratch.cluster().unwrap();
    assert_eq!(url, cluster.url("scratch"));
}

#[test]
fn a_missing_extension_is_named() {
    let mut options = Options { scratch_url: Some(testing::server_url().unwrap()), ..Options::default() };
    options.extensions = vec!["no_such_extension".into()];
    let error = Scratch::open(Dialect::Postgres, &options).unwrap_err();
    assert!(error.message().starts_with("the extension no_such_extension could not be created: "), "{error}");
    assert_eq!(
        error.what_next(),
        Some("install no_such_extension for this server, or name a server that has it with --scratch-url")
    );
}

#[test]
fn a_setup_that_fails_says_where() {
    let options = Options {
        scratch_url: Some(testing::server_url().unwrap()),
        ..with_setup("CREATE TABLE \"ü\" (x int);\nSELECT no_column FROM \"ü\";")
    };
    let error = Scratch::open(Dialect::Postgres, &options).unwrap_err();
    insta::assert_snapshot!(error, @r#"scratch/setup.sql:2:8: the setup of the throwaway database failed: column "no_column" does not exist (42703)"#);
    let error =
        Scratch::open(Dialect::Sqlite, &with_setup("CREATE TABLE t (x);\nSELECT y FROM t")).unwrap_err();
    insta::assert_snapshot!(error, @"scratch/setup.sql:2:8: the setup of the throwaway database failed: no such column: y");
}

#[test]
fn a_database_on_a_given_server_is_dropped_even_when_it_is_in_use() {
    let server = testing::server_url().unwrap();
    let options = Options { scratch_url: Some(server.clone()), ..Options::default() };
    let scratch = Scratch::open(Dialect::Postgres, &options).unwrap();
    let name = scratch.url().rsplit('/').next().unwrap().to_owned();
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    let mut held = server::connect(scratch.url()).unwrap();
    assert_eq!(count(&server, &exists), 1);
    drop(scratch);
    assert_eq!(count(&server, &exists), 0);
    assert!(held.simple_query("SELECT 1").is_err());
}

#[test]
fn what_was_left_behind_on_a_given_server_long_ago_is_dropped_and_nothing_else() {
    let cluster = testing::cluster(&PgOptions::default()).unwrap();
    for name in [
        "switchback_scratch_1000_dead",
        "switchback_scratch_1001_used",
        "switchback_scratch_precious",
        "mine",
    ] {
        cluster.create_database(name).unwrap();
    }
    let held = server::connect(&cluster.url("switchback_scratch_1001_used")).unwrap();
    let young = ServerDatabase::create(&cluster.url("postgres")).unwrap();
    let second = ServerDatabase::create(&cluster.url("postgres")).unwrap();
    drop(held);
    let mut client = server::connect(&cluster.url("postgres")).unwrap();
    let sql =
        "SELECT datname::text FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1";
    let left: Vec<String> = client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    let mut expected = vec![
        "mine",
        "switchback_scratch_1001_used",
        "switchback_scratch_precious",
        young.name(),
        second.name(),
    ];
    expected.sort_unstable();
    assert_eq!(left, expected);
}

#[test]
fn an_unreachable_server_is_one_sentence_without_the_password() {
    let options =
        Options { scratch_url: Some("postgres://me:secret@127.0.0.1:1/x".into()), ..Options::default() };
    let error = Scratch::open(Dialect::Postgres, &options).unwrap_err();
    insta::assert_snapshot!(error, @"127.0.0.1:1 refused the connection: nothing listens there; check the host and the port, and that the server is running and listens on that address");
    let options = Options { scratch_url: Some("postgres://me:sec ret@[/x".into()), ..Options::default() };
    let error = Scratch::open(Dialect::Postgres, &options).unwrap_err();
    assert!(!error.to_string().contains("ret"), "{error}");
}
