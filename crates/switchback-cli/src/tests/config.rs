use crate::config::{Config, resolved};
use crate::diagnostic;
use std::path::Path;
use std::time::Duration;

const DIR: &str = "/srv/app";

fn parse(text: &str) -> Config {
    Config::parse(text, Path::new(DIR), "switchback.toml").unwrap()
}

fn error(text: &str) -> String {
    let error = Config::parse(text, Path::new(DIR), "switchback.toml").unwrap_err();
    assert_eq!(error.kind().as_str(), "config");
    diagnostic::render(&error, None, false)
}

pub const WHOLE: &str = r#"
[database.orchestrator]
migrations = "migrations/orchestrator"
url_env = "ORCHESTRATOR_URL"
url = "sqlite:target/dev/orchestrator.db"

[database.journal]
migrations = "migrations/journal"
url = "sqlite:target/dev/journal.db"
lock_wait = "1m"

[database.journal.env.production]
url_env = "JOURNAL_URL"
schema = "journal"
lock_timeout = "500ms"

[database.journal.env.staging]
schema = "staging"

[scratch]
setup = "setup.sql"
roles = ["app", "reader"]
extensions = ["pgcrypto"]
"#;

#[test]
fn every_key_is_read_and_databases_keep_the_order_of_the_file() {
    let config = parse(WHOLE);
    let names: Vec<&str> = config.databases.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["orchestrator", "journal"]);
    let journal = config.get("journal").unwrap();
    assert_eq!(journal.migrations.as_deref(), Some(Path::new("migrations/journal")));
    assert_eq!(journal.reach.lock_wait, Some(Duration::from_secs(60)));
    let production = &journal.env["production"];
    assert_eq!(production.lock_timeout, Some(Duration::from_millis(500)));
    assert_eq!(production.url_env.as_deref(), Some("JOURNAL_URL"));
    assert_eq!(production.schema.as_deref(), Some("journal"));
    assert_eq!(config.scratch.roles, ["app", "reader"]);
    assert_eq!(config.scratch.extensions, ["pgcrypto"]);
    assert_eq!(config.scratch.setup.as_deref(), Some(Path::new("setup.sql")));
}

#[test]
fn an_empty_file_is_no_error() {
    assert!(parse("").databases.is_empty());
}

#[test]
fn a_wrong_key_value_or_syntax_is_an_error_at_its_place() {
    insta::assert_snapshot!("config_unknown_key", error("[database.journal]\nmigration = \"x\"\n"));
    insta::assert_snapshot!(
        "config_unknown_key_of_env",
        error("[database.journal.env.prod]\nmigrations = \"x\"\n")
    );
    insta::assert_snapshot!("config_unknown_table", error("[databases.journal]\n"));
    insta::assert_snapshot!("config_duration", error("[database.journal]\nlock_wait = \"30\"\n"));
    insta::assert_snapshot!("config_type", error("[database.journal]\nurl = 1\n"));
    insta::assert_snapshot!("config_syntax", error("[database.journal]\nurl = \"sqlite:x\n"));
    insta::assert_snapshot!("config_duplicate", error("[database.journal]\n[database.journal]\n"));
}

#[test]
fn a_password_in_the_file_is_refused_and_not_repeated() {
    let database = error("[database.journal]\nurl = \"postgres://ada:s3cret@db/journal\"\n");
    insta::assert_snapshot!("config_password", database);
    let parameter =
        error("[database.journal.env.production]\nurl = \"postgres://db/journal?password=s3cret\"\n");
    insta::assert_snapshot!("config_password_parameter", parameter);
    assert!(!database.contains("s3cret") && !parameter.contains("s3cret"));
}

#[test]
fn a_password_in_a_line_that_is_wrong_otherwise_is_not_repeated() {
    let text = error("[database.journal]\nurl2 = \"postgres://ada:s3cret@db/journal\"\n");
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn relative_paths_of_sqlite_are_relative_to_the_file() {
    let at = |url| resolved(url, Path::new(DIR));
    assert_eq!(at("sqlite:target/dev.db"), "sqlite:/srv/app/target/dev.db");
    assert_eq!(at("sqlite://dev.db?mode=rw"), "sqlite:/srv/app/dev.db?mode=rw");
    assert_eq!(at("file:dev.db?mode=ro"), "file:/srv/app/dev.db?mode=ro");
    assert_eq!(at("dev.db"), "/srv/app/dev.db");
    assert_eq!(resolved("sqlite:a.db", Path::new("/100%/wh?t#")), "sqlite:/100%25/wh%3Ft%23/a.db");
    for same in ["sqlite:/abs.db", "sqlite:///abs.db", "sqlite::memory:", "postgres://db/app", "nonsense"] {
        assert_eq!(at(same), same);
    }
}

#[test]
fn the_file_is_found_from_the_current_directory_upwards() {
    let root = tempfile::tempdir().unwrap();
    let below = root.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    assert!(Config::find(&below).unwrap().is_none_or(|c| !c.dir.starts_with(root.path())));
    std::fs::write(root.path().join("switchback.toml"), "[database.x]\n").unwrap();
    let config = Config::find(&below).unwrap().unwrap();
    assert_eq!((config.dir.as_path(), config.databases.len()), (root.path(), 1));
    std::fs::write(below.join("switchback.toml"), b"[database.x]\nurl = \"\xff\"\n").unwrap();
    insta::assert_snapshot!(Config::find(&below).unwrap_err(), @"switchback.toml:2:8: not UTF-8");
}
