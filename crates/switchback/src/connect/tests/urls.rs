//! URLs and key/value strings.

use std::fmt::Write as _;
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use switchback_plan::Dialect;

use super::{postgres_target, show};
use crate::connect::{DatabaseUrl, SqlitePlace, SqliteTarget};

fn sqlite_target(text: &str) -> SqliteTarget {
    match DatabaseUrl::parse(text) {
        Ok(DatabaseUrl::Sqlite(target)) => target,
        other => panic!("{text} is not SQLite: {other:?}"),
    }
}

fn refusals(texts: &[&str]) -> String {
    let mut out = String::new();
    for text in texts {
        let error = DatabaseUrl::parse(text).expect_err(text);
        writeln!(out, "{text}\n    {}", show(&error)).unwrap();
    }
    out
}

#[test]
fn every_way_to_name_a_sqlite_file_is_understood() {
    for (text, path) in [
        ("sqlite:data/app.db", "data/app.db"),
        ("sqlite://data/app.db", "data/app.db"),
        ("sqlite:///var/lib/app.db", "/var/lib/app.db"),
        ("sqlite:/var/lib/app.db", "/var/lib/app.db"),
        ("sqlite:app with%20blank%3F.db", "app with blank?.db"),
        ("file:app.db", "app.db"),
        ("file:///var/lib/app.db#part", "/var/lib/app.db"),
        ("file://localhost/var/lib/app.db", "/var/lib/app.db"),
        ("data/app.DB", "data/app.DB"),
        ("/var/lib/app.sqlite", "/var/lib/app.sqlite"),
        ("app%20.sqlite3", "app%20.sqlite3"),
    ] {
        let target = sqlite_target(text);
        assert_eq!(target.path(), Some(Path::new(path)), "{text}");
        assert!(!target.read_only && !target.must_exist, "{text}");
    }
}

#[test]
fn databases_in_memory_are_understood() {
    for text in ["sqlite::memory:", "sqlite://:memory:", ":memory:", "file::memory:", "file:x?mode=memory"] {
        assert_eq!(sqlite_target(text).place, SqlitePlace::Memory, "{text}");
    }
    let shared = sqlite_target("file:demo?mode=memory&cache=shared");
    assert_eq!(shared.place, SqlitePlace::SharedMemory("demo".to_owned()));
}

#[test]
fn the_mode_of_a_sqlite_url_is_kept() {
    assert!(sqlite_target("file:app.db?mode=ro").read_only);
    assert!(sqlite_target("sqlite:app.db?mode=rw").must_exist);
    assert!(!sqlite_target("sqlite:app.db?mode=rwc").must_exist);
    let immutable = sqlite_target("file:app.db?immutable=1");
    assert!(immutable.immutable && immutable.read_only);
}

#[test]
fn every_form_of_a_postgres_url_is_taken_apart_as_libpq_does() {
    for (text, expected) in [
        ("postgres://", ""),
        ("postgresql:///app", "dbname=app"),
        ("postgres://ada@db", "host=db user=ada"),
        (
            "postgres://ada:s%40c%3Aret@db:6000/my%20app",
            "dbname=my app host=db password=s@c:ret port=6000 user=ada",
        ),
        ("postgres://ada:raw@sign@db/app", "dbname=app host=db password=raw@sign user=ada"),
        ("postgres://ada:what?@db/app", "dbname=app host=db password=what? user=ada"),
        ("postgres://a:1,b,[::1]:3/app", "dbname=app host=a,b,::1 port=1,,3"),
        ("postgres://%2Fvar%2Frun/app", "dbname=app host=/var/run"),
        ("postgres://ada@/app?host=/tmp&port=7", "dbname=app host=/tmp port=7 user=ada"),
        ("postgres://db?user=bob&dbname=x", "dbname=x host=db user=bob"),
        ("postgres://db/?ssl=true", "host=db sslmode=require"),
        ("postgres://ada:p@db?application_name=x@y", "application_name=x@y host=db password=p user=ada"),
        ("host=db port=6000 user=ada", "host=db port=6000 user=ada"),
        ("  host = db  password = 'a \\'b\\\\' dbname=x\\ y ", r"dbname=x y host=db password=a 'b\"),
        ("dbname=my.db", "dbname=my.db"),
        ("host='' sslcompression=1", "host="),
    ] {
        let target = postgres_target(text);
        let names = ["application_name", "dbname", "host", "password", "port", "sslmode", "user"];
        let found: Vec<String> =
            names.iter().filter_map(|n| target.get(n).map(|v| format!("{n}={v}"))).collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }
}

#[test]
fn a_target_becomes_a_url_that_means_the_same() {
    for text in [
        "postgres://ada:s%40c%3Aret@db:6000/my%20app?sslmode=require",
        "postgres://a:1,b,[::1]:3/app",
        "postgres://a,b:5000/app?port=7",
        "host=/tmp user=ada password=a\\ b options='-c geqo=off'",
        "postgres://",
    ] {
        let target = postgres_target(text);
        let url = target.secret_url();
        assert_eq!(postgres_target(&url).secret_url(), url);
        for name in ["host", "user", "password", "dbname", "sslmode", "options"] {
            assert_eq!(postgres_target(&url).get(name), target.get(name), "{name} of {url}");
        }
    }
}

#[test]
fn another_database_of_the_same_server_can_be_named() {
    let target = postgres_target("postgres://ada@db/app");
    assert_eq!(target.with_database("scratch 1").to_string(), "postgresql://ada@db/scratch%201");
    assert_eq!(target.database(), Some("app"));
    assert_eq!(postgres_target("postgres://ada@db").database(), Some("ada"));
    assert_eq!(postgres_target("postgres://db").database(), None);
}

#[test]
fn the_dialect_is_known() {
    assert_eq!(DatabaseUrl::parse("x.db").unwrap().dialect(), Dialect::Sqlite);
    assert_eq!("host=db".parse::<DatabaseUrl>().unwrap().dialect(), Dialect::Postgres);
}

#[test]
fn what_names_no_database_is_refused_with_a_sentence() {
    insta::assert_snapshot!(refusals(&[
        "",
        "mysql://ada:s3cret@db/app",
        "app",
        "ada:s3cret@db/app",
        "sqlite:",
        "sqlite:app.db?mode=rx",
        "sqlite:app.db?key=s3cret",
        "sqlite:app%2.db",
        "sqlite:app.db?cache=shared",
        "file://host/app.db",
    ]));
}

#[test]
fn a_bad_postgres_url_is_refused_without_a_part_of_the_password() {
    let text = refusals(&[
        "postgres://ada:s3c/ret@db/app",
        "postgres://ada:12/s3cret@db/app",
        "postgres://ada:s3cret%@db/app",
        "postgres://ada:%ff@db/app",
        "postgres://ada:%00@db/app",
        "postgres://ada:s3cret@db:port/app",
        "postgres://ada:s3cret@[::1/app",
        "postgres://ada:s3cret@db/app?s3=1",
        "postgres://ada:s3cret@db/app?sslmode",
        "host=db password=a s3cret=b",
        "host=db password='s3cret",
        "host=db password s3cret",
    ]);
    let errors = text.lines().filter(|l| l.starts_with(' ')).collect::<Vec<_>>().join("\n");
    assert!(!errors.contains("s3c") && !errors.contains("ret@"), "{errors}");
    insta::assert_snapshot!(errors);
}

#[test]
fn what_cannot_be_honoured_is_refused_by_name() {
    insta::assert_snapshot!(refusals(&[
        "postgres://db?sslmod=require",
        "postgres://db?sslmode=yes",
        "postgres://db?sslcrl=x",
        "postgres://db?sslpassword=x",
        "postgres://db?require_auth=scram-sha-256",
        "postgres://db?requirepeer=postgres",
        "postgres://db?gssencmode=require",
        "postgres://db?replication=database",
        "postgres://db?client_encoding=latin1",
        "postgres://db?connect_timeout=soon",
        "postgres://db?target_session_attrs=best",
        "postgres://db:70000/",
        "postgres://a:1,b:2/?host=c",
        "postgres://a,b?hostaddr=127.0.0.1",
        "postgres://db?hostaddr=db",
        "postgres://db?sslrootcert=system&sslmode=require",
        "postgres://db?sslnegotiation=direct",
        "postgres://db?sslcert=x",
        "postgres://db?ssl_max_protocol_version=TLSv1.1",
    ]));
}

#[test]
fn what_changes_nothing_may_be_written() {
    for text in [
        "postgres://db?sslcompression=0&krbsrvname=x&gssencmode=prefer&client_encoding=UTF8&sslcrl=",
        "postgres://db?sslmode=allow&connect_timeout=&keepalives=0&keepalives_count=3",
        "postgres://db?sslcert=a&sslkey=b&sslcertmode=require&ssl_min_protocol_version=TLSv1.3",
        "postgres://db?sslrootcert=system",
    ] {
        postgres_target(text);
    }
}

fn password() -> impl Strategy<Value = String> {
    // Long enough not to be a word of a sentence by chance; every printable character, and some that are not ASCII.
    "[ -~é漢]{0,10}q9Z[ -~é漢]{3,10}"
}

proptest! {
    #[test]
    fn a_password_shows_nowhere(password in password()) {
        let encoded = utf8_percent_encode(&password, NON_ALPHANUMERIC).to_string();
        let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
        for text in [
            format!("postgres://ada:{encoded}@db.example:5432/app?sslmode=require"),
            format!("postgres://ada@db.example/app?password={encoded}"),
            format!("postgres://ada:{encoded}@db.example:x/app"),
            format!("postgres://ada:{encoded}@db.example/app?nonsense=1"),
            format!("postgres://ada:{password}@db.example/app"),
            format!("postgres://ada:{password}@db.example/app?sslmode=nonsense"),
            format!("postgresql:///app?user=ada&password={password}"),
            format!("host=db user=ada password='{quoted}'"),
            format!("host=db user=ada password='{quoted}' nonsense"),
            format!("host=db user=ada password={password}"),
            format!("host=db password='{quoted}"),
            format!("mysql://ada:{password}@db/app"),
            password.clone(),
        ] {
            let shown = match DatabaseUrl::parse(&text) {
                Ok(DatabaseUrl::Sqlite(_)) => String::new(),
                Ok(url) => format!("{url} {url:?} {url:#?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            prop_assert!(!shown.contains(&password) && !shown.contains(&encoded), "{shown}");
        }
    }

    #[test]
    fn an_encoded_password_arrives_as_it_was(password in password()) {
        let encoded = utf8_percent_encode(&password, NON_ALPHANUMERIC).to_string();
        let target = postgres_target(&format!("postgres://ada:{encoded}@db/app"));
        prop_assert_eq!(target.get("password"), Some(password.as_str()));
        prop_assert_eq!(postgres_target(&target.secret_url()), target);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(postgres://|host=|sqlite:|file:|)\\PC{0,40}") {
        let _ = DatabaseUrl::parse(&text);
    }
}
