//! A program with its own registry.

use std::ffi::OsString;
use std::process::ExitCode;
use switchback::{Context, EmbeddedSet, Result, RustMigration};

fn up(_: &mut Context<'_>) -> Result<()> {
    panic!("cannot reach postgres://ada:s3cret@db/app")
}

const SET: EmbeddedSet = EmbeddedSet {
    name: "app",
    files: &[
        ("V0001__a/up.sql", "CREATE TABLE a (id integer);\n"),
        ("V0001__a/down.sql", "DROP TABLE a;\n"),
        (
            "V0002__b/migration.rs",
            "pub fn up(ctx: &mut Context<'_>) -> Result<()> { Ok(()) }\npub fn down(ctx: &mut Context<'_>) -> Result<()> { Ok(()) }\n",
        ),
    ],
    rust: &[RustMigration { file: "V0002__b/migration.rs", up, down: Some(up) }],
};

fn run(arguments: &[&str]) -> String {
    let code: ExitCode = switchback_cli::run_from(
        "cargo xtask migrate",
        arguments.iter().map(OsString::from),
        &[("app", SET)],
    );
    format!("{code:?}")
}

#[test]
fn an_embedded_set_runs_without_any_directory_and_a_panic_in_rust_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("x.db").display());
    let zero = format!("{:?}", ExitCode::SUCCESS);
    let one = format!("{:?}", ExitCode::from(1));
    assert_eq!(run(&["up", "--to", "1", "--database", "app", "--url", &url]), zero);
    assert_eq!(run(&["up", "--database", "app", "--url", &url, "--format", "json"]), one);
    assert_eq!(
        run(&["down", "--database", "app", "--url", &url]),
        zero,
        "the panic rolled its migration back"
    );
}
