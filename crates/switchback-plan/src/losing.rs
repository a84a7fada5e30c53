//! What in a script can take rows or values away, by its words alone.
//!
//! Asked before a step runs, so that what cannot lose anything costs nothing: in doubt a statement can.

use crate::lex::{self, Cursor, TokenKind, lex_without_gaps};
use crate::model::{Dialect, Script, Statement, Step};

/// Whether something can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Losing {
    /// It makes or changes things, and takes nothing away.
    Never,
    /// By itself it takes no row away, but it may set off a trigger that does.
    Indirectly,
    /// It takes rows away, or nobody can tell (a DO block, a function, a CALL).
    Directly,
}

/// A table, or a column of it, that a statement names in order to take it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The parts of the table's name, without quotes, as the engine folds them.
    pub table: Vec<String>,
    /// The column, where only that goes.
    pub column: Option<String>,
}

/// How much a step can lose: as much as the worst of its statements.
pub fn of_step(dialect: Dialect, script: &Script, step: &Step) -> Losing {
    step.statements.iter().map(|s| of_statement(dialect, &script.text, s)).max().unwrap_or(Losing::Never)
}

/// How much a statement of `text` can lose.
pub fn of_statement(dialect: Dialect, text: &str, statement: &Statement) -> Losing {
    let mut words = statement.what.split(' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let sql = text.get(statement.span.clone()).unwrap_or_default();
    match first {
        // What it does is done by a statement behind it, in the same transaction.
        "create" if second == "trigger" && dialect == Dialect::Sqlite && takes_rows(dialect, sql) => {
            Losing::Directly
        }
        "create" | "comment" | "grant" | "revoke" | "set" | "reset" | "lock" | "analyze" | "vacuum"
        | "begin" | "commit" | "end" | "savepoint" | "release" | "rollback" | "notify" | "listen"
        | "security" | "validate" | "attach" | "detach" | "reindex" | "refresh" | "cluster" | "pragma"
        | "start" | "discard" | "prepare" | "deallocate" => Losing::Never,
        // Its further actions are not described.
        "add" | "alter" | "rename" if has(dialect, sql, &["drop"]) => Losing::Directly,
        "add" | "alter" | "rename" => Losing::Never,
        "drop" => match second {
            "table" | "column" | "schema" | "type" | "domain" | "extension" | "owned" => Losing::Directly,
            _ if has(dialect, sql, &["column"]) => Losing::Directly,
            _ => Losing::Never,
        },
        "insert" | "update" | "replace" | "copy" if !takes_rows(dialect, sql) => Losing::Indirectly,
        "select" | "values" if !takes_rows(dialect, sql) && !calls(dialect, sql) => Losing::Never,
        _ => Losing::Directly,
    }
}

/// Whether a statement of `text` may take rows away, or values: an UPDATE, a column of another type.
pub fn rewrites(dialect: Dialect, text: &str, statement: &Statement) -> bool {
    let first = statement.what.split(' ').next().unwrap_or_default();
    let sql = text.get(statement.span.clone()).unwrap_or_default();
    match first {
        "update" | "replace" | "merge" => true,
        "insert" => has(dialect, sql, &["update"]),
        "add" | "alter" | "rename" if has(dialect, sql, &["type", "update"]) => true,
        _ => of_statement(dialect, text, statement) == Losing::Directly,
    }
}

/// Words that take rows away wherever they stand in a statement.
fn takes_rows(dialect: Dialect, sql: &str) -> bool {
    match dialect {
        Dialect::Postgres => has(dialect, sql, &["delete", "truncate", "merge"]),
        Dialect::Sqlite => has(dialect, sql, &["delete"]) || replaces(dialect, sql),
    }
}

/// Whether rows may give way to those that come: `INSERT OR REPLACE`, `REPLACE INTO`; not the function of that name.
pub fn replaces(dialect: Dialect, sql: &str) -> bool {
    if dialect == Dialect::Postgres || !has(dialect, sql, &["replace"]) {
        return false;
    }
    let tokens = lex_without_gaps(dialect, sql);
    tokens.iter().enumerate().any(|(i, t)| {
        let call = tokens.get(i + 1).is_some_and(|next| next.kind == TokenKind::Open);
        t.is_word(sql, "replace") && !call
    })
}

/// Whether it calls a function that may do anything. On SQLite none can write.
fn calls(dialect: Dialect, sql: &str) -> bool {
    const HARMLESS: [&str; 12] = [
        "setval",
        "set_config",
        "nextval",
        "count",
        "max",
        "min",
        "coalesce",
        "values",
        "in",
        "as",
        "from",
        "pg_advisory_xact_lock",
    ];
    let tokens = lex_without_gaps(dialect, sql);
    dialect == Dialect::Postgres
        && tokens.windows(2).any(|pair| {
            pair[1].kind == TokenKind::Open
                && matches!(pair[0].kind, TokenKind::Word | TokenKind::Quoted)
                && !HARMLESS.iter().any(|word| pair[0].is_word(sql, word))
        })
}

fn has(dialect: Dialect, sql: &str, words: &[&str]) -> bool {
    // Most statements do not hold the letters at all.
    let bytes = sql.as_bytes();
    let may = words.iter().any(|w| bytes.windows(w.len()).any(|b| b.eq_ignore_ascii_case(w.as_bytes())));
    may && lex::lex(dialect, sql).iter().any(|t| words.iter().any(|w| t.is_word(sql, w)))
}

/// What a statement names in order to take it away: tables of `DROP TABLE`, `TRUNCATE` and `DELETE`, columns of
/// `ALTER TABLE … DROP COLUMN`.
pub fn named(dialect: Dialect, sql: &str) -> Vec<Named> {
    let tokens = lex_without_gaps(dialect, sql);
    let mut at = Cursor::new(dialect, sql, &tokens);
    if at.take("drop") {
        if !(at.take("table") || (at.take("foreign") && at.take("table"))) {
            return Vec::new();
        }
        at.skip(&["if", "exists"]);
        return tables(&mut at);
    }
    if at.take("truncate") {
        at.skip(&["table", "only"]);
        return tables(&mut at);
    }
    if at.take("delete") {
        at.skip(&["from", "only"]);
        return at.name().map(whole).into_iter().collect();
    }
    if at.take("alter") && at.take("table") {
        at.skip(&["if", "exists", "only"]);
        let Some(table) = at.name() else { return Vec::new() };
        return dropped_columns(&mut at, &table);
    }
    Vec::new()
}

fn whole(table: Vec<String>) -> Named {
    Named { table, column: None }
}

/// The tables that a script makes and that stay: not those that it drops or renames again, nor temporary ones.
pub fn made(dialect: Dialect, script: &Script) -> Vec<Vec<String>> {
    let mut made: Vec<Vec<String>> = Vec::new();
    for statement in script.steps.iter().flat_map(|s| &s.statements) {
        let sql = script.text.get(statement.span.clone()).unwrap_or_default();
        let what = statement.what.as_str();
        if what.starts_with("create table") {
            let tokens = lex_without_gaps(dialect, sql);
            let mut at = Cursor::new(dialect, sql, &tokens);
            at.take("create");
            at.skip(&["unlogged"]);
            if at.take("table") {
                // One that may have been there holds other rows, too.
                made.extend(at.name().filter(|n| n.last().is_none_or(|n| n != "if")));
            }
        } else if what.starts_with("drop table") {
            let gone = named(dialect, sql);
            made.retain(|m| !gone.iter().any(|g| g.table.last() == m.last()));
        } else if what.starts_with("rename table") {
            let tokens = lex_without_gaps(dialect, sql);
            let mut at = Cursor::new(dialect, sql, &tokens);
            at.skip(&["alter", "table", "if", "exists", "only"]);
            if let Some(old) = at.name() {
                made.retain(|m| m.last() != old.last());
            }
        }
    }
    made
}

/// The tables that the steps before this one make, which are no loss behind it: not those that take the name of
/// another, nor those that may have been there.
pub fn made_before(dialect: Dialect, script: &Script, step: &Step) -> Vec<String> {
    let mut made = Vec::new();
    let all = || script.steps.iter().flat_map(|s| &s.statements);
    for statement in all().take_while(|s| s.span.start < step.span.start) {
        if statement.what.starts_with("create table") {
            let sql = script.text.get(statement.span.clone()).unwrap_or_default();
            let tokens = lex_without_gaps(dialect, sql);
            let mut at = Cursor::new(dialect, sql, &tokens);
            at.take("create");
            at.skip(&["unlogged"]);
            if at.take("table") && !at.take("if") {
                made.extend(at.name().and_then(|mut name| name.pop()));
            }
        }
    }
    for statement in all().filter(|s| s.what.starts_with("rename table")) {
        let sql = script.text.get(statement.span.clone()).unwrap_or_default();
        if let Some((old, new)) = renamed(dialect, sql) {
            made.retain(|name| *name != old && *name != new);
        }
    }
    made
}

/// The old name and the new one of `ALTER TABLE … RENAME TO`.
pub fn renamed(dialect: Dialect, sql: &str) -> Option<(String, String)> {
    let tokens = lex_without_gaps(dialect, sql);
    let mut at = Cursor::new(dialect, sql, &tokens);
    if !(at.take("alter") && at.take("table")) {
        return None;
    }
    at.skip(&["if", "exists", "only"]);
    let old = at.name()?.pop()?;
    if !(at.take("rename") && at.take("to")) {
        return None;
    }
    Some((old, at.name()?.pop()?))
}

/// The tables that a list names from here on.
fn tables(at: &mut Cursor<'_>) -> Vec<Named> {
    let mut tables = Vec::new();
    while let Some(name) = at.name() {
        tables.push(whole(name));
        at.take_sign("*");
        if !at.take_sign(",") {
            break;
        }
        at.skip(&["only"]);
    }
    tables
}

/// The columns that the actions of an `ALTER TABLE` drop.
fn dropped_columns(at: &mut Cursor<'_>, table: &[String]) -> Vec<Named> {
    let mut columns = Vec::new();
    while !at.is_at_end() {
        if !at.take("drop") {
            at.advance();
            continue;
        }
        let said = at.take("column");
        at.skip(&["if", "exists"]);
        let other = ["constraint", "default", "not", "identity", "expression", "primary", "foreign"];
        if said || !other.iter().any(|w| at.is(w)) {
            columns.extend(at.part().map(|c| Named { table: table.to_vec(), column: Some(c) }));
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::parse_script;

    fn losing(dialect: Dialect, sql: &str) -> Losing {
        let script = parse_script(dialect, "up.sql", sql).unwrap();
        of_step(dialect, &script, &script.steps[0])
    }

    #[test]
    fn what_can_take_rows_away_is_known_by_its_words() {
        use Losing::{Directly, Indirectly, Never};
        for (sql, postgres, sqlite) in [
            ("CREATE TABLE t (a int); CREATE INDEX i ON t (a);", Never, Never),
            ("CREATE TABLE u (a int REFERENCES t ON DELETE CASCADE);", Never, Never),
            ("ALTER TABLE t ADD COLUMN b int; ALTER TABLE t RENAME TO u;", Never, Never),
            ("INSERT INTO t VALUES (1, 'delete');", Indirectly, Indirectly),
            ("UPDATE t SET a = replace(b, 'x', 'y');", Indirectly, Indirectly),
            ("INSERT OR REPLACE INTO t VALUES (1);", Indirectly, Directly),
            ("DELETE FROM t;", Directly, Directly),
            ("WITH d AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT * FROM d);", Directly, Directly),
            ("DROP TABLE t;", Directly, Directly),
            ("DROP VIEW v; DROP INDEX i;", Never, Never),
            ("ALTER TABLE t ADD COLUMN b int, DROP COLUMN c;", Directly, Directly),
            ("SELECT 1;", Never, Never),
            ("SELECT setval('s', 1);", Never, Never),
            ("SELECT clean_up();", Directly, Never),
        ] {
            assert_eq!(losing(Dialect::Postgres, sql), postgres, "{sql}");
            assert_eq!(losing(Dialect::Sqlite, sql), sqlite, "{sql}");
        }
        for sql in [
            "TRUNCATE t;",
            "DO $$ BEGIN DELETE FROM t; END $$;",
            "CALL clean_up();",
            "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE;",
            "WITH gone AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM gone;",
            "DROP SCHEMA s CASCADE;",
        ] {
            assert_eq!(losing(Dialect::Postgres, sql), Directly, "{sql}");
        }
    }

    #[test]
    fn the_tables_and_columns_that_go_are_read_with_their_names() {
        let shown = |dialect, sql| -> Vec<String> {
            named(dialect, sql)
                .into_iter()
                .map(|n| n.table.into_iter().chain(n.column).collect::<Vec<_>>().join("."))
                .collect()
        };
        let pg = |sql| shown(Dialect::Postgres, sql);
        assert_eq!(pg("DROP TABLE IF EXISTS Audit.\"Old Events\", b CASCADE"), ["audit.Old Events", "b"]);
        assert_eq!(pg("TRUNCATE TABLE ONLY a, b * RESTART IDENTITY"), ["a", "b"]);
        assert_eq!(pg("DELETE FROM ONLY a WHERE x"), ["a"]);
        assert_eq!(
            pg(
                "ALTER TABLE ONLY t DROP a, DROP CONSTRAINT c, ALTER b DROP NOT NULL, DROP COLUMN IF EXISTS \"D\" CASCADE"
            ),
            ["t.a", "t.D"]
        );
        assert_eq!(shown(Dialect::Sqlite, "drop table [Old]"), ["Old"]);
    }

    #[test]
    fn what_a_script_makes_and_keeps_is_told_from_what_it_only_works_with() {
        let made = |sql| {
            let script = parse_script(Dialect::Sqlite, "up.sql", sql).unwrap();
            made(Dialect::Sqlite, &script).into_iter().map(|n| n.join(".")).collect::<Vec<_>>()
        };
        assert_eq!(made("CREATE TABLE kept AS SELECT * FROM t; DELETE FROM t;"), ["kept"]);
        assert!(made("CREATE TABLE n (a); DROP TABLE t; ALTER TABLE n RENAME TO t;").is_empty());
        assert!(made("CREATE TEMP TABLE n AS SELECT 1; CREATE TABLE x (a); DROP TABLE x;").is_empty());
    }
}
