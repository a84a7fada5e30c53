//! Opening PostgreSQL sessions.

use std::fs;
use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use switchback_plan::{Error, ErrorKind};

use super::server::{PASSWORD, Server, permit};
use super::{fake, postgres_target, show};
use crate::connect::{Canceller, PgTarget, SessionOptions, connect_postgres};
use crate::scratch::testing;

fn refused(text: &str) -> Error {
    refused_with(&postgres_target(text), &SessionOptions::default())
}

fn refused_with(target: &PgTarget, options: &SessionOptions) -> Error {
    connect_postgres(target, options).map(|_| ()).expect_err(&target.to_string())
}

#[test]
fn a_session_bears_its_name_and_hands_notices_on() {
    let target = postgres_target(&testing::server_url().unwrap());
    let notices = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&notices);
    let options = SessionOptions {
        on_notice: Some(Arc::new(move |notice| sink.lock().unwrap().push(notice.message().to_owned()))),
        ..SessionOptions::default()
    };
    let mut client = connect_postgres(&target, &options).unwrap();
    let name: String = client.query_one("SELECT current_setting('application_name')", &[]).unwrap().get(0);
    assert!(name.starts_with(&format!("switchback {}@", std::process::id())), "{name}");
    client.batch_execute("DO $$ BEGIN RAISE NOTICE 'half way'; END $$").unwrap();
    assert_eq!(*notices.lock().unwrap(), ["half way"]);
}

#[test]
fn what_the_url_says_of_the_session_arrives() {
    let mut target = postgres_target(&testing::server_url().unwrap());
    target.set("application_name", "mine").unwrap();
    target.set("options", "-c geqo=off -c search_path=a").unwrap();
    target.set("keepalives_idle", "30").unwrap();
    target.set("keepalives_interval", "5").unwrap();
    target.set("keepalives_count", "2").unwrap();
    target.set("tcp_user_timeout", "9000").unwrap();
    target.set("load_balance_hosts", "random").unwrap();
    let mut client = connect_postgres(&target, &SessionOptions::default()).unwrap();
    let query =
        "SELECT current_setting('application_name'), current_setting('geqo'), current_setting('search_path')";
    let row = client.query_one(query, &[]).unwrap();
    assert_eq!((row.get(0), row.get(1), row.get(2)), ("mine", "off", "a"));
}

#[test]
fn a_statement_can_be_cancelled_from_another_thread() {
    let target = postgres_target(&testing::server_url().unwrap());
    let mut client = connect_postgres(&target, &SessionOptions::default()).unwrap();
    let canceller = Canceller::new(&client, &target).unwrap();
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let mut other = connect_postgres(&target, &SessionOptions::default()).unwrap();
    let asking = thread::spawn(move || {
        let asleep = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'";
        let begin = Instant::now();
        while other.query(asleep, &[&pid]).unwrap().is_empty() {
            assert!(begin.elapsed() < Duration::from_secs(20), "it never slept");
            thread::sleep(Duration::from_millis(5));
        }
        canceller.cancel().unwrap();
    });
    let started = Instant::now();
    let error = client.batch_execute("SELECT pg_sleep(60)").unwrap_err();
    assert_eq!(error.code(), Some(&postgres::error::SqlState::QUERY_CANCELED));
    assert!(started.elapsed() < Duration::from_secs(30));
    asking.join().unwrap();
    client.batch_execute("SELECT 1").unwrap();
}

#[test]
fn every_kind_of_password_is_accepted_and_a_wrong_one_is_named_without_it() {
    let server = Server::start();
    let right = format!("password='{}'", PASSWORD.replace('\'', "\\'"));
    for user in ["ada", "with_md5", "in_clear"] {
        server.connect(user, &right).unwrap();
    }
    let sockets = format!("host={} hostaddr=''", server.cluster.socket_dir().display());
    server.connect("ada", &format!("{right} {sockets} sslmode=verify-full")).unwrap();
    let refusals = [
        server.refusal("ada", "password=pa:sss"),
        server.refusal("with_md5", "password=pa:sss"),
        server.refusal("in_clear", "password=pa:sss"),
        server.refusal("ada", ""),
        server.refusal("in_clear", ""),
        server.refusal("nobody", &right),
        server.refusal("ada", &format!("{right} dbname=absent")),
        server.refusal("ada", &format!("{sockets} password=pa:sss")),
        server.refusal("only_tls", ""),
        server.refusal("only_plain", "sslmode=require"),
        server.refusal("ada", &format!("{right} channel_binding=require")),
        server.refusal("ada", &format!("{right} options='-c nonsense=1'")),
    ];
    insta::assert_snapshot!(refusals.join("\n"));

    server.admin("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC");
    server.admin("CREATE DATABASE small CONNECTION LIMIT 0");
    let refusals = [server.refusal("ada", &right), server.refusal("ada", &format!("{right} dbname=small"))];
    insta::assert_snapshot!("without_a_right_or_a_free_connection", refusals.join("\n"));
}

#[test]
fn the_password_file_is_used_where_no_password_is_given() {
    let server = Server::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pass");
    let escaped = PASSWORD.replace(':', "\\:");
    let port = server.cluster.port();
    let keywords = format!("passfile={}", file.display());
    let attempt = |content: &str, mode: u32, keywords: &str| {
        fs::write(&file, content).unwrap();
        permit(&file, mode);
        server
            .connect("ada", keywords)
            .map(|_| ())
            .map_err(|e| server.plain(&show(&e)).replace(directory.path().to_str().unwrap(), "DIR"))
    };
    attempt(&format!("localhost:{port}:postgres:ada:{escaped}"), 0o600, &keywords).unwrap();
    attempt(&format!("#\n*:1:*:*:x\n*:*:*:*:{escaped}\n"), 0o600, &keywords).unwrap();
    let socket = server.cluster.socket_dir().display();
    attempt(
        &format!("localhost:*:*:*:wrong\n{socket}:{port}:*:*:{escaped}"),
        0o600,
        &format!("{keywords} host={socket} hostaddr=''"),
    )
    .unwrap();
    // An empty password is none.
    attempt(&format!("*:*:*:*:{escaped}"), 0o600, &format!("{keywords} password=''")).unwrap();

    let refusals = [
        attempt(&format!("*:*:*:*:{escaped}"), 0o644, &keywords).unwrap_err(),
        attempt("*:*:*:*:wrong", 0o600, &keywords).unwrap_err(),
        attempt("*:*:other:*:wrong", 0o600, &keywords).unwrap_err(),
    ];
    insta::assert_snapshot!(refusals.join("\n"));

    // In its usual place, as libpq would find it.
    fs::rename(&file, directory.path().join(".pgpass")).unwrap();
    fs::write(directory.path().join(".pgpass"), format!("*:*:*:*:{escaped}")).unwrap();
    let home = directory.path().to_str().unwrap().to_owned();
    let target =
        server.target("ada", "").with_environment(&|name| (name == "HOME").then(|| home.clone())).unwrap();
    connect_postgres(&target, &SessionOptions::default()).unwrap();
}

#[test]
fn what_cannot_be_reached_gets_one_clear_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = unused.local_addr().unwrap().port();
    drop(unused);
    let (silent, _) = fake::listen(|_, stream| std::mem::forget(stream));
    let (closing, _) = fake::listen(|_, stream| drop(stream));
    let (web, _) = fake::listen(|_, mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let (full, _) = fake::listen(|_, mut stream| {
        fake::read_startup(&mut stream);
        fake::refuse(&mut stream, "53300", "sorry, too many clients already");
    });
    let (lost, _) = fake::listen(|_, mut stream| {
        fake::read_startup(&mut stream);
        fake::refuse(&mut stream, "XX000", "the disk says password=s3cret");
    });
    let user = "user=ada password=s3cret";
    let refusals = [
        refused(&format!("host=127.0.0.1 port={port} {user}")),
        refused(&format!("host={} {user}", directory.path().display())),
        refused(&format!("host=no-such-host.invalid {user}")),
        refused(&format!("host=127.0.0.1 port={closing} {user}")),
        refused(&format!("host=127.0.0.1 port={web} {user}")),
        refused(&format!("host=127.0.0.1 port={full} {user}")),
        refused(&format!("host=127.0.0.1 port={lost} {user}")),
        refused(&format!("host=127.0.0.1 port={silent} {user} connect_timeout=1")),
        refused(&format!("host=127.0.0.1,no-such-host.invalid port={port},1 {user}")),
    ];
    let mut text = String::new();
    for error in refusals {
        assert_eq!(error.kind(), ErrorKind::Connection);
        text.push_str(&show(&error));
        text.push('\n');
    }
    for (number, name) in [
        (port, "UNUSED"),
        (closing, "CLOSING"),
        (web, "WEB"),
        (full, "FULL"),
        (lost, "LOST"),
        (silent, "SILENT"),
    ] {
        text = text.replace(&format!(":{number}"), &format!(":{name}"));
    }
    assert!(!text.contains("s3cret"), "{text}");
    insta::assert_snapshot!(text.replace(directory.path().to_str().unwrap(), "DIR"));
}

#[test]
fn a_server_that_is_starting_is_waited_for_and_not_for_ever() {
    let (port, tries) = fake::listen(|number, mut stream| {
        fake::read_startup(&mut stream);
        match number {
            0 | 1 => fake::refuse(&mut stream, "57P03", "the database system is starting up"),
            _ => {
                fake::accept(&mut stream);
                std::mem::forget(stream);
            }
        }
    });
    let target = postgres_target(&format!("host=127.0.0.1 port={port} user=ada"));
    connect_postgres(&target, &SessionOptions::default()).unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 3);

    let (port, tries) = fake::listen(|_, mut stream| {
        fake::read_startup(&mut stream);
        fake::refuse(&mut stream, "57P03", "the database system is starting up");
    });
    let target = postgres_target(&format!("host=127.0.0.1 port={port} user=ada"));
    let options = SessionOptions { startup_wait: Duration::from_millis(250), ..SessionOptions::default() };
    let error = refused_with(&target, &options);
    assert!(tries.load(Ordering::SeqCst) > 1);
    insta::assert_snapshot!(show(&error).replace(&format!(":{port}"), ":PORT"), @"connection: the server at 127.0.0.1:PORT is not ready: the database system is starting up (57P03); try again when it has started");
}

#[test]
fn hosts_are_tried_in_turn_until_one_answers_but_not_past_a_wrong_password() {
    let server = Server::start();
    let port = server.cluster.port();
    let (closed, _) = fake::listen(|_, stream| drop(stream));
    let (never, asked) = fake::listen(|_, stream| drop(stream));
    let dead = format!("127.0.0.1:{closed},no-such-host.invalid");
    let url = format!("postgres://postgres@{dead},localhost:{port}/postgres");
    connect_postgres(&postgres_target(&url), &SessionOptions::default()).unwrap();

    let error = refused(&format!("postgres://ada:wrong@127.0.0.1:{port},127.0.0.1:{never}/postgres"));
    assert_eq!(error.server_code(), Some("28P01"));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_session_is_what_the_url_asks_for() {
    let server = testing::server_url().unwrap();
    let attempt = |attrs: &str, options: &str| {
        let mut target = postgres_target(&server);
        target.set("target_session_attrs", attrs).unwrap();
        target.set("options", options).unwrap();
        connect_postgres(&target, &SessionOptions::default()).map(|_| ())
    };
    let read_only = "-c default_transaction_read_only=on";
    for (attrs, options) in [
        ("any", ""),
        ("read-write", ""),
        ("primary", ""),
        ("prefer-standby", ""),
        ("read-only", read_only),
        ("primary", read_only),
    ] {
        attempt(attrs, options).unwrap();
    }
    let mut text = String::new();
    for (attrs, options) in [("standby", ""), ("read-only", ""), ("read-write", read_only)] {
        text.push_str(&attempt(attrs, options).unwrap_err().message().replace(char::is_numeric, ""));
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}

#[test]
fn options_show_no_secret() {
    let options = SessionOptions { application_name: "x".to_owned(), ..SessionOptions::default() };
    let shown = format!("{options:?}");
    assert!(shown.starts_with("SessionOptions { application_name: \"x\", connect_timeout: 10s"), "{shown}");
}
