//! Secrets are planted wherever they may lie, every command runs over them, also those that fail, and every byte that
//! is written is searched: streams, plans, metrics, manifests, anchors, the journal. Only the data itself has them.

mod passwords;
mod planted;
mod sensitive;

use planted::{FROM_FILE, Planted};
use std::fs;
use switchback::plan::Dialect;

/// The password of the role that migrates: quotes, blanks and signs that are written otherwise in a URL.
const PASSWORD: &str = "Zq7 pl'an\"ted%w/d";
const WRONG: &str = "Zq7-wrong-word";
const IN_ROW: &str = "Zq7-value-of-a-row";
const IN_LITERAL: &str = "Zq7-in-a-literal";
const IN_ENVIRONMENT: &str = "Zq7-of-the-caller";
/// What all of them have, however the rest is written.
const MARK: &str = "Zq7";

/// The password as a URL has it.
const PERCENT: &str = "Zq7%20pl%27an%22ted%25w%2Fd";

fn no_command_shows_a_secret(dialect: Dialect) {
    let planted = Planted::new(dialect);
    planted.config("password_command = [\"cat\", \"secret/pass\"]");
    planted.up_with_rows();
    let (create_role, drop_role) = match dialect {
        Dialect::Sqlite => (String::new(), ""),
        Dialect::Postgres => (format!("CREATE ROLE app PASSWORD '{IN_LITERAL}';\n"), "DROP ROLE app;\n"),
    };
    planted.migration(
        "V0002__note",
        &format!("{create_role}ALTER TABLE users ADD COLUMN note text;\n"),
        &format!("ALTER TABLE users DROP COLUMN note;\n{drop_role}"),
    );
    let scratch = planted.scratch();
    for arguments in [
        &["plan"][..],
        &["plan", "--format", "json", "-vvv"],
        &["plan", "--sql"],
        &["plan", "--out", "plan.json"],
        &["plan", "verify", "plan.json"],
        &[
            "up",
            "-vvv",
            "--format",
            "json",
            "--plan",
            "plan.json",
            "--metrics",
            "up.prom",
            "--backup",
            "always",
        ],
        &["status", "-vvv"],
        &["status", "--format", "json", "--metrics", "status.prom"],
        &["check", "-vvv", "--metrics", "check.prom"],
        &["check", "--format", "json"],
        &["log", "--format", "json"],
        &["log", "--json-lines"],
        &["log", "--verify"],
        &["log", "--anchor", "anchor"],
        &["backup", "--without-pg-dump", "--format", "json"],
        &["backup", "-vvv"],
        &["backup", "--list", "--format", "json"],
        &["backup", "--verify", "--scratch-url", &scratch, "-vvv"],
        &["restore", "--yes", "--end-connections", "-vvv"],
        &["restore", "--yes", "--in-place", "--end-connections", "--format", "json"],
        &["down", "-vvv"],
        &["redo", "--format", "json"],
        &["up", "--progress", "json"],
        &["rollback", "--yes", "--end-connections", "-vvv"],
        &["down", "--plan", "none.json"],
        &["repair", "--accept", "1", "--yes"],
        &["baseline", "1", "--yes"],
        &["new", "later"],
        &["grants", "--owner", "keeper", "--migrator", "deploy", "--application", "app"],
    ] {
        let only = ["--in-place", "--without-pg-dump"];
        let here = |a: &&str| dialect == Dialect::Postgres || !only.contains(a);
        let arguments: Vec<&str> = arguments.iter().copied().filter(here).collect();
        if arguments[0] == "grants" && dialect == Dialect::Sqlite {
            continue;
        }
        let ran = planted.run(&arguments);
        let refused =
            ["down --plan", "repair", "baseline"].iter().any(|a| arguments.join(" ").starts_with(a));
        assert!(ran.code == 0 || refused, "{arguments:?} on {dialect:?}: {ran:?}");
    }
    fs::remove_dir_all(planted.path("migrations/V0002__later")).ok();
    planted.nothing_is_left();
    if let Some(arguments) = planted.arguments_of_tools() {
        for program in ["pg_dump ", "pg_restore ", "psql "] {
            assert!(arguments.contains(program), "{arguments}");
        }
    }
}

#[test]
fn no_command_shows_a_secret_on_sqlite() {
    no_command_shows_a_secret(Dialect::Sqlite);
}

#[test]
fn no_command_shows_a_secret_on_postgres() {
    no_command_shows_a_secret(Dialect::Postgres);
}

fn what_fails_shows_no_secret(dialect: Dialect) {
    let planted = Planted::new(dialect);
    planted.config(FROM_FILE);
    planted.up_with_rows();
    planted.sql("UPDATE users SET n = id");
    let mut statements = vec![
        ("a key that is there twice", "CREATE UNIQUE INDEX users_token ON users (token);".to_owned()),
        ("a row that fails a CHECK", "CREATE TABLE strict (token text CHECK (length(token) < 3)); INSERT INTO strict SELECT token FROM users;".to_owned()),
        ("a row that refers to none", "CREATE TABLE a (token varchar(60) PRIMARY KEY); CREATE TABLE b (token varchar(60) REFERENCES a); INSERT INTO b SELECT token FROM users;".to_owned()),
        ("a NULL where none may be", "CREATE TABLE filled (token text, n integer NOT NULL); INSERT INTO filled SELECT token, NULL FROM users;".to_owned()),
        ("a secret in a literal", format!("CREATE TABLE users (token text); -- PASSWORD '{IN_LITERAL}'\n")),
        ("a URL in a literal", format!("SELECT nothing('postgres://a:{IN_LITERAL}@b/c');")),
    ];
    if dialect == Dialect::Postgres {
        statements.push((
            "a value that is no number",
            "ALTER TABLE users ALTER COLUMN token TYPE integer USING token::integer;".to_owned(),
        ));
        statements.push((
            "a value that is no UUID",
            "UPDATE users SET n = (token::uuid)::text::integer;".to_owned(),
        ));
        statements.push((
            "a value that is no JSON",
            "UPDATE users SET n = (token::json->>'n')::integer;".to_owned(),
        ));
        statements.push(("a role's password", format!("CREATE ROLE deploy PASSWORD '{IN_LITERAL}';")));
    }
    for (what, statement) in &statements {
        planted.migration("V0002__fails", statement, "SELECT 1;\n");
        let said = planted.fails(&["up"]);
        assert!(said.contains("V0002__fails/up.sql"), "{what}: {said}");
    }
    fs::remove_dir_all(planted.path("migrations/V0002__fails")).unwrap();
    let rows = planted.search_the_journal();
    assert!(rows > 10, "{rows}");
}

#[test]
fn what_fails_shows_no_secret_on_sqlite() {
    what_fails_shows_no_secret(Dialect::Sqlite);
}

#[test]
fn what_fails_shows_no_secret_on_postgres() {
    what_fails_shows_no_secret(Dialect::Postgres);
}

fn a_hook_that_prints_what_it_finds(dialect: Dialect) {
    let planted = Planted::new(dialect);
    let hooks = match dialect {
        // What is no password of this process is nobody's secret to it, unless it stands where one stands.
        Dialect::Sqlite => "before = \"env; echo postgres://a:$(cat secret/pass | tr -d ' ')@b; exit 1\"\non_failure = \"env\"".to_owned(),
        Dialect::Postgres => {
            "before = \"env; cat secret/pass; exit 1\"\non_failure = \"env; cat secret/pass\"".to_owned()
        }
    };
    planted.config_with(FROM_FILE, &format!("[database.app.hooks]\n{hooks}\n"));
    let said = planted.fails(&["up"]);
    assert!(said.contains("SWITCHBACK_DATABASE=app") && said.contains("***"), "{said}");
    let after = hooks.replace("before", "after").replace("exit 1", "true");
    planted.config_with(FROM_FILE, &format!("[database.app.hooks]\n{after}\n"));
    planted.run(&["up", "-vvv"]).ok();
    planted.run(&["log", "--format", "json"]).ok();
    planted.search_the_journal();
}

#[test]
fn a_hook_that_prints_what_it_finds_shows_no_secret() {
    a_hook_that_prints_what_it_finds(Dialect::Sqlite);
    a_hook_that_prints_what_it_finds(Dialect::Postgres);
}
