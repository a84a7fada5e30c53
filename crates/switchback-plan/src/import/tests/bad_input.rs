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
    refused(Tool::Sqlx, &[("1_a.sql", "select 1;\n"), ("2_b.sql", "\\connect x\n$$ ; begin; $$;\n")]);
    refused(Tool::Sqlx, &[("1_a.sql", "-- switchback: step a fast\nselect 1;\n")]);
    insta::assert_snapshot!("refusals", out);
}

#[test]
fn text_that_is_not_utf8_is_refused_at_its_line() {
    let latin1 = SourceFile::new("1_a.sql", *b"select 1;\n-- caf\xe9\n");
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
    use crate::import::scan::statements;
    use proptest::prelude::*;

    /// The statements of a text, but for those that begin or end a transaction.
    fn essence(text: &str) -> Vec<String> {
        let own = |s: &str| {
            ["BEGIN", "COMMIT", "END"].contains(&s.trim_end_matches(';').to_ascii_uppercase().as_str())
        };
        statements(None, text)
            .iter()
            .map(|s| text[s.start..s.end].trim_end_matches(';').to_owned())
            .filter(|s| !own(s))
            .collect()
    }

    const PIECES: &str = "(select 1;|begin;|commit;|end|create trigger a begin;|vacuum;|pragma foreign_keys=off;|\n|\r\n|\\$\\$|'|\"|--|/\\*|\\*/|\\(|-- no-transaction\n|[a-zé☃ ]){0,16}";

    proptest! {
        #[test]
        fn every_statement_arrives_unchanged_and_in_order(text in PIECES) {
            for (tool, path, before) in [
                (Tool::Diesel, "1_a/up.sql", ""),
                (Tool::Sqlx, "1_a.sql", ""),
                (Tool::GolangMigrate, "1_a.up.sql", ""),
                (Tool::Goose, "1_a.sql", "-- +goose Up\n"),
                (Tool::Dbmate, "1_a.sql", "-- migrate:up\n"),
            ] {
                let whole = format!("{before}{text}");
                let Ok(conversion) = convert(tool, &files(&[(path, &whole)]), None) else { continue };
                let up = conversion.migrations[0].files.iter().find(|(path, _)| path.ends_with("/up.sql"));
                // What follows the last statement belongs to it only where a string is left open.
                let trimmed = |text: &str| {
                    let bare = |s: &String| s.trim_end_matches(|c: char| c == ';' || c.is_whitespace()).to_owned();
                    essence(text).iter().map(bare).collect::<Vec<_>>()
                };
                prop_assert_eq!(trimmed(&up.unwrap().1), trimmed(&text), "{}", tool);
            }
        }

        #[test]
        fn any_folder_of_any_text_is_converted_or_refused(
            texts in proptest::collection::vec("(-- ?\\+goose (Up|Down|StatementBegin|StatementEnd|NO TRANSACTION)|-- migrate:(up|down)|select 1;|begin;|\n|'|\\PC){0,12}", 1..4),
        ) {
            for tool in Tool::ALL {
                let all: Vec<(String, &str)> = texts.iter().enumerate().map(|(i, text)| match tool {
                    Tool::Diesel => (format!("{i}_a/up.sql"), text.as_str()),
                    Tool::GolangMigrate => (format!("{i}_a.up.sql"), text.as_str()),
                    Tool::Sqlx | Tool::Goose | Tool::Dbmate => (format!("{i}_a.sql"), text.as_str()),
                }).collect();
                let all: Vec<(&str, &str)> = all.iter().map(|(path, text)| (path.as_str(), *text)).collect();
                if let Ok(conversion) = convert(tool, &files(&all), None) {
                    prop_assert!(!conversion.engines.is_empty());
                    prop_assert!(conversion.migrations.iter().all(|m| m.files.len() >= 2));
                }
            }
        }
    }
}
