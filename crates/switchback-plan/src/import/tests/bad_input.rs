use super::*;

#[test]
fn an_empty_folder_says_what_was_looked_for() {
    for (tool, expected) in
        Tool::ALL.into_iter().zip(["up.sql", ".sql", ".up.sql", "+goose Up", "migrate:up"])
    {
        let text = refusal(tool, &[("README.md", "")]);
        assert!(
            text.contains(&format!("no migration of {tool} was found")) && text.contains(expected),
            "{text}"
        );
    }
}

#[test]
fn every_refusal_names_the_file_and_what_to_do() {
    let mut out = String::new();
    let mut refused =
        |tool: Tool, all: &[(&str, &str)]| out.push_str(&format!("{tool}: {}\n", refusal(tool, all)));
    refused(Tool::Diesel, &[("1_a/down.sql", "select 1")]);
    refused(Tool::Diesel, &[("2019-01-01_a/up.sql", "select 1"), ("20190101_b/up.sql", "select 1")]);
    refused(Tool::Diesel, &[("1_a/up.sql", "select 1"), ("1_a/metadata.toml", "run_in_transaction = \n")]);
    refused(
        Tool::Diesel,
        &[("1_a/up.sql", "select 1"), ("1_a/metadata.toml", "a = 1\nrun_in_transaction = 'no'\n")],
    );
    refused(Tool::Sqlx, &[("one_a.sql", "select 1")]);
    refused(Tool::Sqlx, &[("1_a.sql", "select 1"), ("01_b.up.sql", "select 1")]);
    refused(Tool::Sqlx, &[("1_a.down.sql", "select 1")]);
    refused(Tool::GolangMigrate, &[("1_a.up.sql", "select 1"), ("001_b.up.sql", "select 1")]);
    refused(Tool::GolangMigrate, &[("1_a.up.sql.bak", "select 1")]);
    refused(Tool::GolangMigrate, &[("99999999999999999999_a.up.sql", "select 1")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Up\nselect 1;\n"), ("2_b.go", ""), ("3_c.go", "")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Up\n"), ("001_b.sql", "-- +goose Up\n")]);
    refused(Tool::Goose, &[("1_a.sql", "select 1;\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- only a comment\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Down\nselect 1;\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Up\nselect 1;\n-- +goose Up\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Up\n  -- +goose Down\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Up\n-- see the +goose documentation\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Up\n-- +goose StatementBegin\nselect 1;\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Up\n-- +goose StatementBegin\n-- +goose Down\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose Up\nselect 1;\n-- +goose StatementEnd\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose StatementBegin\n-- +goose Up\n")]);
    refused(Tool::Goose, &[("1_a.sql", "-- +goose ENVSUB ON\n-- +goose Up\ncreate user ${NAME};\n")]);
    refused(Tool::Dbmate, &[("1_a.sql", "select 1;\n")]);
    refused(Tool::Dbmate, &[("1_a.sql", "-- nothing\n")]);
    refused(Tool::Dbmate, &[("1_a.sql", "-- migrate:down\n-- migrate:up\n")]);
    refused(Tool::Dbmate, &[("1_a.sql", "-- migrate:up\n-- migrate:down\n-- migrate:down\n")]);
    refused(Tool::Dbmate, &[("1_a.sql", "-- migrate:up\n-- migrate:up\n-- migrate:down\n")]);
    refused(Tool::Dbmate, &[("1_a.sql", "-- migrate:up\n-- migrate:down\n-- migrate:up\n")]);
    refused(Tool::Dbmate, &[("1_a.sql", "-- migrate:up\n"), ("1_b.sql", "-- migrate:up\n")]);
    refused(Tool::Sqlx, &[("1_a.sql", "s\0e\0l\0")]);
    insta::assert_snapshot!("refusals", out);
}

#[test]
fn text_that_is_not_utf8_is_refused_at_its_line() {
    let latin1 = SourceFile { path: "1_a.sql".to_owned(), content: b"select 1;\n-- caf\xe9\n".to_vec() };
    let error = convert(Tool::Sqlx, &[latin1], None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1_a.sql:2:7: this is not UTF-8; convert the file to UTF-8 and import again"
    );
}

#[test]
fn an_unknown_tool_is_refused_with_the_known_ones() {
    assert_eq!(
        "flyway".parse::<Tool>().unwrap_err().to_string(),
        "no import is known from \"flyway\"; one of diesel, sqlx, golang-migrate, goose, dbmate"
    );
    for tool in Tool::ALL {
        assert_eq!(tool.as_str().parse::<Tool>().unwrap(), tool);
    }
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_converted_or_refused_and_never_lost(text in "(select 1;|begin;|commit;|-- \\+goose (Up|Down)|-- migrate:(up|down)|\n|\\$\\$|'|--|\\PC){0,12}") {
            for (tool, path) in [
                (Tool::Diesel, "1_a/up.sql"), (Tool::Sqlx, "1_a.sql"), (Tool::GolangMigrate, "1_a.up.sql"),
                (Tool::Goose, "1_a.sql"), (Tool::Dbmate, "1_a.sql"),
            ] {
                let Ok(conversion) = convert(tool, &files(&[(path, &text)]), None) else { continue };
                let migration = &conversion.migrations[0];
                let up = &migration.files.iter().find(|(path, _)| path.ends_with("/up.sql")).unwrap().1;
                prop_assert!(!up.trim().is_empty());
                if migration.notes.is_empty() && matches!(tool, Tool::Diesel | Tool::Sqlx) && up != &text {
                    prop_assert!(up.ends_with(&text) || up.starts_with("-- "), "{up:?} from {text:?}");
                }
            }
        }
    }
}
