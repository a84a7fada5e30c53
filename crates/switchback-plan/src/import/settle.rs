//! How a text is to run here: in a transaction of ours, or statement by statement outside one.

use super::scan::{Seen, statements};
use super::{Part, Tool, Wrap};
use crate::Dialect;

/// A text, ready to become a step.
pub(super) struct Settled {
    pub(super) text: String,
    pub(super) transaction: bool,
    /// False for white space and comments.
    pub(super) has_statements: bool,
    pub(super) notes: Vec<String>,
}

pub(super) fn settle(tool: Tool, part: &Part, dialect: Option<Dialect>) -> Settled {
    let text = part.text.as_str();
    let all = statements(dialect, text);
    let has_statements = !all.is_empty();
    let own_table = all.iter().any(|s| text[s.start..s.end].contains(tool.history_table()));
    let settled = |text: String, transaction: bool, mut notes: Vec<String>| {
        if own_table {
            notes.push(format!(
                "it uses {}, a table that exists only where {tool} itself has run",
                tool.history_table()
            ));
        }
        Settled { text, transaction, has_statements, notes }
    };
    let stubborn = all.iter().find_map(needs_no_transaction);
    let controls = all.iter().filter(|s| control(s).is_some()).count();

    if stubborn.is_none()
        && controls == 2
        && let Some((first, last)) = whole_transaction(&all)
        && let Some(text) = comment_out(text, [first, last])
    {
        let mut notes =
            vec!["its own BEGIN and COMMIT are commented out: it runs in a transaction of ours".to_owned()];
        if part.wrap == Wrap::None {
            notes.push(format!("{tool} was asked for no transaction, but all of it is in one"));
        }
        notes.extend(foreign_keys_note(&all, tool, Wrap::None));
        return settled(text, true, notes);
    }
    let why = if controls > 0 {
        Some("it has transaction control of its own".to_owned())
    } else if part.wrap == Wrap::None {
        // Said by the file itself, so not worth a note.
        return settled(text.to_owned(), false, Vec::new());
    } else {
        stubborn.map(|what| format!("{what} cannot run in a transaction"))
    };
    match why {
        Some(why) => settled(
            text.to_owned(),
            false,
            vec![format!("{why}: a no-transaction step, each statement commits by itself")],
        ),
        None => {
            settled(text.to_owned(), true, foreign_keys_note(&all, tool, part.wrap).into_iter().collect())
        }
    }
}

/// The tool's transaction made this pragma do nothing; ours does what it says.
fn foreign_keys_note(all: &[Seen], tool: Tool, wrap: Wrap) -> Option<String> {
    all.iter().any(is_foreign_keys).then(|| {
        let before = if wrap == Wrap::Transaction {
            format!("; inside {tool}'s transaction it did nothing")
        } else {
            String::new()
        };
        format!(
            "PRAGMA foreign_keys takes effect before the transaction, with a check before its commit{before}"
        )
    })
}

fn is_foreign_keys(seen: &Seen) -> bool {
    seen.begins(&["PRAGMA", "FOREIGN_KEYS"])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    /// A plain BEGIN, without an isolation level.
    Begin,
    /// A plain COMMIT.
    Commit,
    /// Anything else that begins or ends a transaction.
    Other,
}

fn control(seen: &Seen) -> Option<Control> {
    const BEGINS: [&[&str]; 9] = [
        &["BEGIN"],
        &["BEGIN", "TRANSACTION"],
        &["BEGIN", "WORK"],
        &["BEGIN", "DEFERRED"],
        &["BEGIN", "DEFERRED", "TRANSACTION"],
        &["BEGIN", "IMMEDIATE"],
        &["BEGIN", "IMMEDIATE", "TRANSACTION"],
        &["BEGIN", "EXCLUSIVE"],
        &["BEGIN", "EXCLUSIVE", "TRANSACTION"],
    ];
    const COMMITS: [&[&str]; 6] = [
        &["COMMIT"],
        &["COMMIT", "TRANSACTION"],
        &["COMMIT", "WORK"],
        &["END"],
        &["END", "TRANSACTION"],
        &["END", "WORK"],
    ];
    if BEGINS.iter().any(|words| seen.is(words)) || seen.is(&["START", "TRANSACTION"]) {
        return Some(Control::Begin);
    }
    if COMMITS.iter().any(|words| seen.is(words)) {
        return Some(Control::Commit);
    }
    let other = match seen.words.first().map_or("", String::as_str) {
        "BEGIN" | "COMMIT" | "END" | "ABORT" => true,
        // Back to a savepoint: the transaction goes on.
        "ROLLBACK" => !seen.words.iter().skip(1).take(2).any(|word| word == "TO"),
        "START" | "PREPARE" => seen.words.get(1).is_some_and(|word| word == "TRANSACTION"),
        _ => false,
    };
    other.then_some(Control::Other)
}

/// The BEGIN and the COMMIT, where they enclose everything but `PRAGMA foreign_keys` (the usual frame of a SQLite
/// rebuild, and the very thing that a transaction of ours does with that pragma).
fn whole_transaction(all: &[Seen]) -> Option<(&Seen, &Seen)> {
    let first = all.iter().find(|s| !is_foreign_keys(s))?;
    let last = all.iter().rfind(|s| !is_foreign_keys(s))?;
    (control(first) == Some(Control::Begin) && control(last) == Some(Control::Commit))
        .then_some((first, last))
}

/// The text with two statements turned into comments; `None` where that would take more than a comment.
fn comment_out(text: &str, two: [&Seen; 2]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    for seen in two {
        let statement = &text[seen.start..seen.end];
        if statement.contains(['\n', '\r']) || statement.contains("--") || statement.contains("/*") {
            return None;
        }
        out.push_str(&text[at..seen.start]);
        let rest = text[seen.end..].lines().next().unwrap_or_default().trim();
        if rest.is_empty() || rest.starts_with("--") {
            out.push_str("-- ");
            out.push_str(statement);
        } else {
            out.push_str("/* ");
            out.push_str(statement);
            out.push_str(" */");
        }
        at = seen.end;
    }
    out.push_str(&text[at..]);
    Some(out)
}

/// The statement's name, if it refuses to run inside a transaction.
fn needs_no_transaction(seen: &Seen) -> Option<&'static str> {
    let concurrently = seen.words.iter().any(|word| word == "CONCURRENTLY");
    let second = seen.words.get(1).map_or("", String::as_str);
    match (seen.words.first().map_or("", String::as_str), second) {
        ("CREATE", "INDEX" | "UNIQUE") if concurrently => Some("CREATE INDEX CONCURRENTLY"),
        ("DROP", "INDEX") if concurrently => Some("DROP INDEX CONCURRENTLY"),
        ("REINDEX", _) if concurrently => Some("REINDEX CONCURRENTLY"),
        ("ALTER", "TABLE") if concurrently && seen.words.iter().any(|word| word == "DETACH") => {
            Some("DETACH PARTITION CONCURRENTLY")
        }
        ("VACUUM", _) => Some("VACUUM"),
        ("CREATE", "DATABASE") => Some("CREATE DATABASE"),
        ("DROP", "DATABASE") => Some("DROP DATABASE"),
        ("CREATE", "TABLESPACE") => Some("CREATE TABLESPACE"),
        ("DROP", "TABLESPACE") => Some("DROP TABLESPACE"),
        ("ALTER", "SYSTEM") => Some("ALTER SYSTEM"),
        ("REINDEX", "DATABASE" | "SYSTEM") => Some("REINDEX DATABASE"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(wrap: Wrap, text: &str) -> String {
        let settled = settle(Tool::Sqlx, &Part { text: text.to_owned(), wrap }, None);
        let mode = if settled.transaction { "transaction" } else { "no-transaction" };
        format!("{mode}\n{}\n{}", settled.text, settled.notes.join("\n"))
    }

    #[test]
    fn a_plain_text_is_left_alone() {
        for wrap in [Wrap::Transaction, Wrap::Sent] {
            assert_eq!(run(wrap, "create table t (a int);\n"), "transaction\ncreate table t (a int);\n\n");
        }
        assert_eq!(run(Wrap::None, "create table t (a int);"), "no-transaction\ncreate table t (a int);\n");
    }

    #[test]
    fn one_begin_and_one_commit_around_everything_become_comments() {
        insta::assert_snapshot!(run(Wrap::Sent, "-- head\nBEGIN;\ncreate table t (a int);\nCOMMIT;\n-- tail\n"), @r"
        transaction
        -- head
        -- BEGIN;
        create table t (a int);
        -- COMMIT;
        -- tail

        its own BEGIN and COMMIT are commented out: it runs in a transaction of ours
        ");
        insta::assert_snapshot!(run(Wrap::Sent, "begin; select 1; select 2; end transaction"), @r"
        transaction
        /* begin; */ select 1; select 2; -- end transaction
        its own BEGIN and COMMIT are commented out: it runs in a transaction of ours
        ");
        insta::assert_snapshot!(run(Wrap::None, "START TRANSACTION; -- why\nselect 1;\nEND;"), @r"
        transaction
        -- START TRANSACTION; -- why
        select 1;
        -- END;
        its own BEGIN and COMMIT are commented out: it runs in a transaction of ours
        sqlx was asked for no transaction, but all of it is in one
        ");
    }

    #[test]
    fn the_frame_of_a_sqlite_rebuild_becomes_a_transaction_with_the_pragma_hoisted() {
        insta::assert_snapshot!(
            run(Wrap::None, "PRAGMA foreign_keys = OFF;\nBEGIN;\nDROP TABLE t;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n"), @r"
        transaction
        PRAGMA foreign_keys = OFF;
        -- BEGIN;
        DROP TABLE t;
        -- COMMIT;
        PRAGMA foreign_keys = ON;

        its own BEGIN and COMMIT are commented out: it runs in a transaction of ours
        sqlx was asked for no transaction, but all of it is in one
        PRAGMA foreign_keys takes effect before the transaction, with a check before its commit
        ");
    }

    #[test]
    fn any_other_transaction_control_runs_outside_a_transaction() {
        for text in [
            "begin; select 1; commit; begin; select 2; commit;",
            "select 1; begin; select 2; commit;",
            "begin; select 1;",
            "begin isolation level serializable; select 1; commit;",
            "begin; select 1; rollback;",
            "commit; alter type e add value 'x'; begin;",
            "begin; select 1; commit and chain; commit;",
            "begin\n; select 1; commit;",
            "begin /* nested */; select 1; commit;",
        ] {
            assert_eq!(
                run(Wrap::Sent, text),
                format!(
                    "no-transaction\n{text}\nit has transaction control of its own: a no-transaction step, each statement commits by itself"
                )
            );
        }
    }

    #[test]
    fn a_text_that_meddles_with_the_tools_own_history_is_pointed_out() {
        let got = run(Wrap::Transaction, "delete from _sqlx_migrations where version = 1");
        assert!(
            got.ends_with("it uses _sqlx_migrations, a table that exists only where sqlx itself has run"),
            "{got}"
        );
        assert!(run(Wrap::Transaction, "select 1 -- _sqlx_migrations").ends_with("_migrations\n"));
    }

    #[test]
    fn what_cannot_run_in_a_transaction_does_not() {
        for (text, what) in [
            ("create unique index concurrently if not exists i on t (a)", "CREATE INDEX CONCURRENTLY"),
            ("drop index concurrently i", "DROP INDEX CONCURRENTLY"),
            ("vacuum", "VACUUM"),
            ("begin; vacuum; commit;", ""),
            ("alter table p detach partition s.q concurrently", "DETACH PARTITION CONCURRENTLY"),
        ] {
            let got = run(Wrap::Sent, text);
            assert!(got.starts_with("no-transaction\n") && got.contains(what), "{got}");
        }
        assert!(
            run(Wrap::Sent, "savepoint a; rollback work to a; rollback to b").starts_with("transaction\n")
        );
        assert!(run(Wrap::Sent, "refresh materialized view concurrently v").starts_with("transaction\n"));
        assert!(run(Wrap::Sent, "create table concurrently_not (vacuum int)").starts_with("transaction\n"));
    }
}
