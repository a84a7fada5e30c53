//! What operations keep aside, found again: by name, and in the text of a way down.

use super::naming;
use crate::lex::{Cursor, lex_without_gaps, mentions_written};
use crate::model::{Dialect, Script, Statement};
use crate::schema::{KEPT, Name};

/// The name of the table in which a migration of that version keeps what it takes from a table: its name, then those of the
/// columns, or `rows`.
pub fn kept_name(version: i64, parts: &[&str]) -> String {
    naming::kept(version, parts)
}

/// The version in such a name.
pub fn version_of_kept(name: &str) -> Option<i64> {
    name.strip_prefix(KEPT)?.split('_').next()?.parse().ok()
}

/// The table whose archive has that name, and the moment in it: `users_archive_20261121t201400z`, or as people write it
/// `users_archive_20261121_201400`; also with a number behind it.
pub fn archive_of(name: &str) -> Option<(&str, &str)> {
    let (table, rest) = name.rsplit_once("_archive_")?;
    let shaped = |stamp: &str, shape: &str| {
        stamp.len() == shape.len()
            && stamp
                .chars()
                .zip(shape.chars())
                .all(|(c, s)| if s == '0' { c.is_ascii_digit() } else { c == s })
    };
    let stamp = ["00000000t000000z", "00000000_000000"].iter().find_map(|shape| {
        let stamp = rest.get(..shape.len())?;
        shaped(stamp, shape).then_some(stamp)
    })?;
    let behind = &rest[stamp.len()..];
    let number = behind.strip_prefix('_').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
    (!table.is_empty() && (behind.is_empty() || number)).then_some((table, stamp))
}

/// The same of a name that was cut because it would have been too long for PostgreSQL.
fn is_cut_archive(name: &str, table: &str) -> bool {
    let Some((start, digest)) = name.rsplit_once('_') else { return false };
    let whole = format!("{table}_archive_");
    let same = start.bytes().zip(whole.bytes()).take_while(|(a, b)| a == b).count();
    digest.len() == 8
        && digest.chars().all(|c| c.is_ascii_hexdigit())
        && name.len() > 55
        && same >= start.len().min(whole.len())
}

/// The part of a way down that brings an archived table back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BringBack {
    /// The table, under its true name.
    pub table: Name,
    /// Without semicolons, in their order.
    pub statements: Vec<String>,
}

/// What in that way down brings that archive back, where it is one that `drop_table` made.
pub fn bring_back(dialect: Dialect, down: &Script, archive: &Name) -> Option<BringBack> {
    let found = match dialect {
        Dialect::Sqlite => copied_back(down, archive),
        Dialect::Postgres => renamed_back(down, archive),
    }?;
    let table = &found.table.name;
    // Without an archive PostgreSQL's table is emptied, and stays under a name of ours.
    let emptied = version_of_kept(&archive.name).map(|version| kept_name(version, &[table]));
    let named_so = emptied.as_ref() == Some(&archive.name)
        || archive_of(&archive.name).is_some_and(|(of, _)| of == table)
        || is_cut_archive(&archive.name, table);
    named_so.then_some(found)
}

/// Whether a way down works with that table: it does more than drop it.
pub fn works_with(dialect: Dialect, down: &Script, table: &Name) -> bool {
    statements(down).any(|(_, text)| {
        mentions_written(dialect, text, &table.name) && dropped(dialect, text).as_ref() != Some(table)
    })
}

fn statements(script: &Script) -> impl DoubleEndedIterator<Item = (&Statement, &str)> {
    script.steps.iter().flat_map(|step| &step.statements).map(|s| (s, script.text[s.span.clone()].trim()))
}

/// `DROP TABLE [IF EXISTS] name`.
fn dropped(dialect: Dialect, text: &str) -> Option<Name> {
    let tokens = lex_without_gaps(dialect, text);
    let mut cursor = Cursor::new(dialect, text, &tokens);
    if !cursor.take("drop") || !cursor.take("table") {
        return None;
    }
    cursor.skip(&["if", "exists"]);
    name(&mut cursor)
}

fn name(cursor: &mut Cursor<'_>) -> Option<Name> {
    let mut parts = cursor.name()?;
    let name = parts.pop()?;
    Some(Name { schema: parts.pop(), name })
}

/// `CREATE TABLE name`.
fn created(text: &str) -> Option<Name> {
    let tokens = lex_without_gaps(Dialect::Sqlite, text);
    let mut cursor = Cursor::new(Dialect::Sqlite, text, &tokens);
    (cursor.take("create") && cursor.take("table")).then(|| name(&mut cursor)).flatten()
}

/// `ALTER kind old RENAME TO new`: old, and the bare new name.
fn renamed(kind: &str, text: &str) -> Option<(Name, String)> {
    let tokens = lex_without_gaps(Dialect::Postgres, text);
    let mut cursor = Cursor::new(Dialect::Postgres, text, &tokens);
    if !cursor.take("alter") || !cursor.take(kind) {
        return None;
    }
    let old = name(&mut cursor)?;
    if !cursor.take("rename") || !cursor.take("to") {
        return None;
    }
    Some((old, cursor.part()?))
}

/// PostgreSQL: the table, its indexes, sequences and statistics get their names back, and its foreign keys come back.
fn renamed_back(down: &Script, archive: &Name) -> Option<BringBack> {
    let texts: Vec<&str> = statements(down).map(|(_, text)| text).collect();
    let at = texts.iter().position(|t| renamed("table", t).is_some_and(|(old, _)| old == *archive))?;
    let (_, new) = renamed("table", texts[at])?;
    let table = archive.sibling(new);
    let also = |text: &&&str| {
        ["index", "sequence", "statistics"].iter().any(|kind| renamed(kind, text).is_some())
            || adds_foreign_key(text, &table)
    };
    let rest = texts[at + 1..].iter().take_while(also);
    let statements = std::iter::once(&texts[at]).chain(rest).map(|t| (*t).to_owned()).collect();
    Some(BringBack { table, statements })
}

fn adds_foreign_key(text: &str, table: &Name) -> bool {
    let tokens = lex_without_gaps(Dialect::Postgres, text);
    let mut cursor = Cursor::new(Dialect::Postgres, text, &tokens);
    cursor.take("alter")
        && cursor.take("table")
        && name(&mut cursor).as_ref() == Some(table)
        && cursor.take("add")
        && cursor.take("constraint")
        && cursor.part().is_some()
        && cursor.take("foreign")
}

/// SQLite: the table is made again and filled; then its indexes and triggers.
fn copied_back(down: &Script, archive: &Name) -> Option<BringBack> {
    let all: Vec<(&Statement, &str)> = statements(down).collect();
    let end = all.iter().position(|(_, t)| dropped(Dialect::Sqlite, t).as_ref() == Some(archive))?;
    let begin = all[..end].iter().rposition(|(_, t)| created(t).is_some())?;
    let table = created(all[begin].1)?;
    let also = |(statement, text): &&(&Statement, &str)| {
        ["create index", "create unique index", "create trigger"]
            .iter()
            .any(|what| statement.what.starts_with(what))
            && mentions_written(Dialect::Sqlite, text, &table.name)
    };
    let rest = all[end + 1..].iter().take_while(also);
    let statements = all[begin..=end].iter().chain(rest).map(|(_, text)| (*text).to_owned()).collect();
    Some(BringBack { table, statements })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::parse_script;

    #[test]
    fn an_archive_is_known_by_the_moment_in_its_name() {
        assert_eq!(archive_of("users_archive_20261121t201400z"), Some(("users", "20261121t201400z")));
        assert_eq!(archive_of("users_archive_20261121t201400z_2"), Some(("users", "20261121t201400z")));
        for not in
            ["users_archive", "users_archive_2026", "_archive_20261121t201400z", "a_archive_20261121T201400Z"]
        {
            assert_eq!(archive_of(not), None, "{not}");
        }
        assert_eq!(version_of_kept("switchback_kept_12_users_name"), Some(12));
        assert_eq!(version_of_kept("switchback_kept_x"), None);
        let long = "t".repeat(60);
        assert!(is_cut_archive(&naming::joined(&[&long, "archive", "20261121t201400z"]), &long));
        assert!(!is_cut_archive(&naming::joined(&["u", &long, "archive"]), &long));
    }

    #[test]
    fn only_what_brings_the_archive_back_is_taken_from_a_way_down() {
        let archive = Name::new("users_archive_20261121t201400z");
        let text = "SELECT 1;\nALTER TABLE \"users_archive_20261121t201400z\" RENAME TO \"users\";\n\
                    ALTER INDEX \"i_archive_20261121t201400z\" RENAME TO \"i\";\n\
                    ALTER TABLE \"users\" ADD CONSTRAINT \"f\" FOREIGN KEY (a) REFERENCES b(a);\n\
                    ALTER TABLE \"users\" DROP COLUMN x;\n";
        let down = parse_script(Dialect::Postgres, "down", text).unwrap();
        let found = bring_back(Dialect::Postgres, &down, &archive).unwrap();
        assert_eq!((found.table.name.as_str(), found.statements.len()), ("users", 3));
        assert!(works_with(Dialect::Postgres, &down, &archive));
        assert_eq!(bring_back(Dialect::Postgres, &down, &Name::new("i_archive_20261121t201400z")), None);

        let text = "CREATE TABLE other (a);\nCREATE TABLE users (id);\n\
                    INSERT OR ABORT INTO users (id) SELECT id FROM users_archive_20261121t201400z;\n\
                    DROP TABLE users_archive_20261121t201400z;\nCREATE INDEX i ON users (id);\nCREATE INDEX j ON other (a);\n";
        let down = parse_script(Dialect::Sqlite, "down", text).unwrap();
        let found = bring_back(Dialect::Sqlite, &down, &archive).unwrap();
        assert_eq!((found.table.name.as_str(), found.statements.len()), ("users", 4));
    }

    #[test]
    fn a_table_that_changed_its_name_is_no_archive_and_dropping_is_no_work() {
        let down = parse_script(
            Dialect::Postgres,
            "down",
            "ALTER TABLE people RENAME TO users;\nDROP TABLE gone;\n",
        );
        let down = down.unwrap();
        assert_eq!(bring_back(Dialect::Postgres, &down, &Name::new("people")), None);
        assert!(!works_with(Dialect::Postgres, &down, &Name::new("gone")));
        assert!(works_with(Dialect::Postgres, &down, &Name::new("people")));
    }
}
