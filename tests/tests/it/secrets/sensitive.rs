//! Columns that are declared as sensitive.

use super::planted::{FROM_FILE, Planted};
use super::{IN_LITERAL, IN_ROW};
use crate::program::finish;
use switchback::plan::Dialect;

fn sensitive_columns_are_shown_nowhere(dialect: Dialect) {
    let planted = Planted::new(dialect);
    planted.config_with(FROM_FILE, "sensitive = [\"users.token\"]\n");
    planted.up_with_rows();
    planted.migration(
        "V0002__tokens",
        &format!(
            "UPDATE users SET token = '{IN_LITERAL}' WHERE id = 1;\nUPDATE users SET n = 77 WHERE id = 2;\n"
        ),
        &format!("UPDATE users SET token = '{IN_ROW}' WHERE id = 1;\n"),
    );
    planted.file(
        "migrations/V0002__tokens/checks.sql",
        &format!("SELECT id FROM users WHERE token = '{IN_ROW}x';\n"),
    );
    planted.file(
        "migrations/V0002__tokens/sample.sql",
        &format!("INSERT INTO users (id, token) VALUES (1, '{IN_ROW}');\n"),
    );
    let analyze = "[[analyze]]\nname = \"tokens\"\nquery = \"SELECT token, count(*) AS count FROM users GROUP BY token\"\n\
                   [[analyze]]\nname = \"lengths\"\nquery = \"SELECT upper(token) AS word, id FROM users\"\n";
    planted.file(
        "migrations/V0002__tokens/migration.toml",
        &format!("description = \"tokens\"\nlossy = [\"users.n\"]\n{analyze}"),
    );
    let scratch = planted.scratch();
    for arguments in [
        &["plan"][..],
        &["plan", "--sql"],
        &["plan", "--analyze"],
        &["plan", "--analyze", "--format", "json"],
        &["plan", "--out", "plan.json"],
        &["check"],
        &["check", "--format", "json"],
        &["prove", "--scratch-url", &scratch],
        &["prove", "--scratch-url", &scratch, "--format", "json"],
        &["up", "--plan", "plan.json", "-vvv"],
        &["check"],
        &["plan", "--down", "--format", "json"],
        &["export", "users", "--format", "csv"],
        &["export", "users", "--format", "jsonl"],
        &["export", "--out", "exported", "--format", "jsonl"],
        &["down", "-v"],
    ] {
        let ran = planted.run(arguments);
        assert!(ran.code == 0 || arguments[0] == "prove", "{arguments:?}: {ran:?}");
        match arguments {
            ["plan"] => {
                assert!(ran.out.contains("step main (transaction), sensitive: users.token"), "{}", ran.out);
                assert!(ran.out.contains("SET token = *** WHERE id = ***"), "{}", ran.out);
                assert!(ran.out.contains("SET n = 77 WHERE id = 2"), "{}", ran.out);
            }
            ["plan", "--analyze"] => assert!(ran.out.contains("token ***, count 2"), "{}", ran.out),
            ["export", _, _, "csv"] => assert!(ran.out.contains("1,***,\n"), "{}", ran.out),
            ["export", _, _, "jsonl"] => {
                assert!(ran.out.contains("\"token\":\"***\",\"n\":null"), "{}", ran.out)
            }
            _ => {}
        }
    }
    let all = finish(&mut planted.command(&["export", "users", "--with-sensitive", "--format", "csv"])).ok();
    assert!(all.out.contains(IN_ROW), "{}", all.out);

    planted.file(
        "migrations/V0002__tokens/up.sql",
        &format!("UPDATE users SET token = '{IN_LITERAL}' WHERE nothing;\n"),
    );
    let said = planted.fails(&["up"]);
    assert!(said.contains("UPDATE users SET token = ***"), "{said}");
    planted.nothing_is_left();
}

#[test]
fn sensitive_columns_are_shown_nowhere_on_sqlite() {
    sensitive_columns_are_shown_nowhere(Dialect::Sqlite);
}

#[test]
fn sensitive_columns_are_shown_nowhere_on_postgres() {
    sensitive_columns_are_shown_nowhere(Dialect::Postgres);
}
