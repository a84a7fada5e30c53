//! The password of a role, by every way that it may arrive.

use super::planted::{FROM_FILE, Planted};
use super::{MARK, PASSWORD, PERCENT, WRONG};
use std::fs;
use switchback::plan::Dialect;

#[test]
fn a_password_arrives_from_every_place_and_is_shown_from_none() {
    let planted = Planted::new(Dialect::Postgres);
    let port = planted.cluster.as_ref().unwrap().port();
    let at = |password: &str, port: u16| format!("postgres://deploy:{password}@127.0.0.1:{port}/app");
    let pairs = |password: &str| {
        let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
        format!("host=127.0.0.1 port={port} dbname=app user=deploy password='{quoted}'")
    };
    type Way<'a> = (&'a str, Vec<(&'a str, String)>, Vec<String>);
    let ways = |keyword: &str, percent: &str| -> Vec<Way<'_>> {
        vec![
            ("the URL of a flag", vec![], vec!["--url".to_owned(), at(percent, port)]),
            ("key and value of a flag", vec![], vec!["--url".to_owned(), pairs(keyword)]),
            (
                "a parameter of a flag",
                vec![],
                vec![
                    "--url".to_owned(),
                    format!("postgres://127.0.0.1:{port}/app?user=deploy&password={percent}"),
                ],
            ),
            (
                "DATABASE_URL",
                vec![("DATABASE_URL", at(percent, port))],
                vec!["--migrations".to_owned(), "migrations".to_owned()],
            ),
            ("PGPASSWORD", vec![("PGPASSWORD", keyword.to_owned())], vec![]),
        ]
    };
    planted.config("");
    for (how, environment, arguments) in ways(PASSWORD, PERCENT) {
        let words = ["backup", "--format", "json", "-vvv"];
        let arguments: Vec<&str> = words.into_iter().chain(arguments.iter().map(String::as_str)).collect();
        let ran = planted.search(&arguments, planted.command(&arguments).envs(environment));
        assert_eq!(ran.code, 0, "{how}: {ran:?}");
    }
    for (how, environment, arguments) in ways(WRONG, WRONG) {
        for command in [&["status", "-vvv"][..], &["backup", "--format", "json"]] {
            let arguments: Vec<&str> =
                command.iter().copied().chain(arguments.iter().map(String::as_str)).collect();
            let ran = planted.search(&arguments, planted.command(&arguments).envs(environment.clone()));
            assert_eq!(ran.code, 1, "{how}: {ran:?}");
        }
    }
    let passfile = planted.path("secret/pgpass").display().to_string();
    let ran = planted.search(&["backup"], planted.command(&["backup"]).env("PGPASSFILE", &passfile));
    assert_eq!(ran.code, 0, "{ran:?}");

    for (keys, works) in [
        (FROM_FILE, true),
        ("password_command = [\"sh\", \"-c\", \"echo asked >> asked; cat secret/pass\"]", true),
        ("password_command = [\"sh\", \"-c\", \"cat secret/pass; cat secret/pass >&2; exit 1\"]", false),
        ("password_command = [\"echo\", \"Zq7-wrong-word\"]", false),
        ("password_file = \"secret/none\"", false),
    ] {
        planted.config(keys);
        for command in [&["status", "-vvv"][..], &["backup", "-vv"]] {
            let ran = planted.run(command);
            assert_eq!(ran.code == 0, works, "{keys}: {ran:?}");
        }
    }
    let asked = fs::read_to_string(planted.path("asked")).unwrap();
    assert_eq!(asked.lines().count(), 2, "once for each command");

    // Nobody listens there.
    let refused = at(PERCENT, 1);
    for format in ["text", "json"] {
        planted.run(&["status", "-vvv", "--url", &refused, "--format", format]).fails();
    }
    planted.private(
        "secret/service",
        &format!("[app]\nhost=127.0.0.1\nport={port}\nuser=deploy\ndbname=app\npassword={PASSWORD}\n"),
    );
    planted.config("");
    let arguments = ["status", "-vvv", "--url", "postgres://?service=app"];
    let service = planted.path("secret/service").display().to_string();
    let ran = planted.search(&arguments, planted.command(&arguments).env("PGSERVICEFILE", service));
    assert_eq!(ran.code, 0, "{ran:?}");
    fs::remove_file(planted.path("switchback.toml")).unwrap();
    if let Some(log) = planted.arguments_of_tools() {
        assert!(log.contains("pg_dump ") && !log.contains(MARK), "{log}");
    }
}
