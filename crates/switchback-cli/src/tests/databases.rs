//! Which database a command is about, and how it is reached.

use super::config::WHOLE;
use crate::args::Global;
use crate::config::Config;
use crate::databases::{Database, Registry, select};
use std::path::Path;
use std::time::Duration;
use switchback::{EmbeddedSet, Error, Source};

const JOURNAL: EmbeddedSet = EmbeddedSet { name: "journal", files: &[], rust: &[] };

struct Case {
    global: Global,
    registry: Registry<'static>,
    config: Option<&'static str>,
    env: &'static [(&'static str, &'static str)],
}

fn case() -> Case {
    Case { global: Global::default(), registry: &[], config: Some(WHOLE), env: &[] }
}

fn run(case: &Case) -> Result<Vec<Database>, Error> {
    let start = Path::new("/srv/app");
    let config = case.config.map(|text| Config::parse(text, start, "switchback.toml").unwrap());
    let env = |name: &str| case.env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    select(&case.global, case.registry, config.as_ref(), &env, start)
}

fn urls(case: &Case) -> Vec<String> {
    let shown = |d: Database| match d.url {
        Ok(url) => format!("{} {url}", d.name),
        Err(error) => format!("{} ! {error}", d.name),
    };
    run(case).map_or_else(|error| vec![format!("! {error}")], |all| all.into_iter().map(shown).collect())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn without_options_all_databases_of_the_file_are_chosen_in_its_order() {
    insta::assert_debug_snapshot!(urls(&case()), @r#"
    [
        "orchestrator sqlite:/srv/app/target/dev/orchestrator.db",
        "journal sqlite:/srv/app/target/dev/journal.db",
    ]
    "#);
}

#[test]
fn the_option_url_wins_over_everything_and_wants_one_database() {
    let global = Global { url: some("sqlite:x.db"), database: some("journal"), ..Global::default() };
    let env = &[("DATABASE_URL", "sqlite:env.db"), ("JOURNAL_URL", "sqlite:j.db")];
    assert_eq!(urls(&Case { global, env, ..case() }), ["journal sqlite:x.db"]);
    let global = Global { url: some("sqlite:x.db"), ..Global::default() };
    insta::assert_debug_snapshot!(urls(&Case { global, ..case() }), @r#"
    [
        "! --url is one database, and there are several; choose with --database: orchestrator, journal",
    ]
    "#);
}

#[test]
fn the_environment_of_the_file_wins_over_the_database_of_the_file() {
    let global = Global { env: some("production"), database: some("journal"), ..Global::default() };
    let env = &[("JOURNAL_URL", "postgres://db1/journal"), ("DATABASE_URL", "sqlite:env.db")];
    let case = Case { global, env, ..case() };
    assert_eq!(urls(&case), ["journal postgres://db1/journal"]);
    let database = run(&case).unwrap().remove(0);
    assert_eq!(database.schema.as_deref(), Some("journal"));
    assert_eq!(database.lock_timeout, Some(Duration::from_millis(500)));
    assert_eq!(
        database.lock_wait,
        Some(Duration::from_secs(60)),
        "what the environment leaves open is the database's"
    );
}

#[test]
fn a_missing_variable_never_leads_to_another_database() {
    let global = Global { env: some("production"), database: some("journal"), ..Global::default() };
    let env = &[("DATABASE_URL", "sqlite:env.db"), ("JOURNAL_URL", "")];
    insta::assert_debug_snapshot!(urls(&Case { global, env, ..case() }), @r#"
    [
        "journal ! switchback.toml: the URL of database journal is in the variable JOURNAL_URL, which is not set; set JOURNAL_URL, or give --url",
    ]
    "#);
}

#[test]
fn an_environment_that_says_nothing_of_the_url_keeps_the_databases() {
    let global = Global { env: some("staging"), database: some("journal"), ..Global::default() };
    assert_eq!(urls(&Case { global, ..case() }), ["journal sqlite:/srv/app/target/dev/journal.db"]);
}

#[test]
fn what_a_run_is_taken_back_for_is_said_by_the_environment_or_else_by_the_database() {
    const TOML: &str = r#"
[database.app]
url = "sqlite:app.db"
way_back = ["check"]
max_duration = "1h"
[database.app.env.production]
way_back = ["check", "loss", "slowdown", "duration"]
[database.app.env.staging]
way_back = []
max_duration = "10m"
"#;
    let said = |env: Option<&str>| {
        let global = Global { env: env.map(str::to_owned), ..Global::default() };
        let one = run(&Case { global, config: Some(TOML), ..case() }).unwrap().remove(0);
        (one.way_back.len(), one.max_duration.map(|d| d.as_secs()))
    };
    assert_eq!(said(None), (1, Some(3600)));
    assert_eq!(said(Some("production")), (4, Some(3600)));
    assert_eq!(said(Some("staging")), (0, Some(600)));
}

#[test]
fn within_one_table_the_variable_wins_where_it_is_set() {
    let global = Global { database: some("orchestrator"), ..Global::default() };
    let env = &[("ORCHESTRATOR_URL", "postgres://db1/orchestrator"), ("DATABASE_URL", "sqlite:env.db")];
    assert_eq!(urls(&Case { global, env, ..case() }), ["orchestrator postgres://db1/orchestrator"]);
}

#[test]
fn an_environment_that_a_database_does_not_have_is_refused() {
    let global = Global { env: some("production"), ..Global::default() };
    insta::assert_debug_snapshot!(urls(&Case { global, ..case() }), @r#"
    [
        "! switchback.toml: database orchestrator has no environment production; write [database.orchestrator.env.production] with url or url_env",
    ]
    "#);
    let global = Global { env: some("prod"), database: some("journal"), ..Global::default() };
    insta::assert_debug_snapshot!(urls(&Case { global, ..case() }), @r#"
    [
        "! switchback.toml: database journal has no environment prod; it has production, staging",
    ]
    "#);
}

#[test]
fn database_url_and_libpqs_variables_serve_a_single_database_that_says_nothing() {
    let one = Some("[database.app]\nmigrations = \"m\"\n");
    let url = |env| urls(&Case { config: one, env, ..case() });
    assert_eq!(url(&[("DATABASE_URL", "sqlite:env.db"), ("PGHOST", "db1")]), ["app sqlite:env.db"]);
    assert_eq!(url(&[("PGHOST", "db1")]), ["app postgres://"]);
    assert_eq!(url(&[("PGSERVICE", "app"), ("DATABASE_URL", "")]), ["app postgres://"]);
    insta::assert_debug_snapshot!(url(&[]), @r#"
    [
        "app ! switchback.toml: nothing says how to reach database app; write url or url_env in [database.app], or give --url",
    ]
    "#);
    let two = Some("[database.a]\nmigrations = \"a\"\n[database.b]\nmigrations = \"b\"\n");
    let both = urls(&Case { config: two, env: &[("DATABASE_URL", "sqlite:env.db")], ..case() });
    assert!(both.iter().all(|d| d.contains("nothing says")), "{both:?}");
}

#[test]
fn a_directory_needs_no_file_and_is_named_after_its_folder() {
    let global = Global { migrations: Some("migrations/app".into()), ..Global::default() };
    let env = &[("DATABASE_URL", "sqlite:env.db")];
    let case = Case { global, config: None, env, ..case() };
    assert_eq!(urls(&case), ["app sqlite:env.db"]);
    assert!(matches!(run(&case).unwrap()[0].source, Ok(Source::Directory(_))));
    let case = Case { env: &[], ..case };
    assert_eq!(
        urls(&case),
        ["app ! nothing says how to reach database app; give --url, or set DATABASE_URL"]
    );
}

#[test]
fn an_embedded_set_is_taken_before_the_directory_and_needs_no_file() {
    let registry: Registry<'static> = &[("journal", JOURNAL), ("extra", JOURNAL)];
    let all = run(&Case { registry, ..case() }).unwrap();
    let shape: Vec<(&str, bool)> =
        all.iter().map(|d| (d.name.as_str(), matches!(d.source, Ok(Source::Embedded(_))))).collect();
    assert_eq!(shape, [("orchestrator", false), ("journal", true), ("extra", true)]);
    assert_eq!(all[1].directory.as_deref(), Some(Path::new("migrations/journal")));
    let registry: Registry<'static> = &[("journal", JOURNAL)];
    let env = &[("DATABASE_URL", "sqlite:env.db")];
    assert_eq!(urls(&Case { registry, config: None, env, ..case() }), ["journal sqlite:env.db"]);
}

#[test]
fn options_of_the_command_line_win_over_the_file() {
    let global = Global {
        database: some("journal"),
        env: some("production"),
        schema: some("other"),
        lock_timeout: Some(Duration::from_secs(9)),
        lock_wait: Some(Duration::ZERO),
        ..Global::default()
    };
    let database = run(&Case { global, ..case() }).unwrap().remove(0);
    assert_eq!(database.schema.as_deref(), Some("other"));
    assert_eq!(
        (database.lock_timeout, database.lock_wait),
        (Some(Duration::from_secs(9)), Some(Duration::ZERO))
    );
}

#[test]
fn what_is_not_there_is_named() {
    let global = Global { database: some("jornal"), ..Global::default() };
    assert_eq!(
        urls(&Case { global, ..case() }),
        ["! there is no database jornal; there is orchestrator, journal"]
    );
    insta::assert_debug_snapshot!(urls(&Case { config: None, ..case() }), @r#"
    [
        "! there is no switchback.toml here or above; give --url URL --migrations DIR, or write one: [database.app] with migrations and url",
    ]
    "#);
    let bare =
        run(&Case { config: Some("[database.app]\nurl = \"sqlite:x.db\"\n"), ..case() }).unwrap().remove(0);
    insta::assert_snapshot!(bare.source.unwrap_err(), @r#"switchback.toml: database app has no migrations; write migrations = "migrations/app" in [database.app]"#);
}
