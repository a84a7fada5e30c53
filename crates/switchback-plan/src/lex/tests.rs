//! Where statements end, what they are called, and that no text whatever makes the lexer stumble.

use super::*;
use proptest::prelude::*;

/// `what ⟶ text` of each statement, line by line.
fn shown(dialect: Dialect, text: &str) -> String {
    statements(dialect, text, 0..text.len())
        .iter()
        .map(|s| format!("{} ⟶ {}\n", s.what, text[s.span.clone()].replace('\n', "⏎")))
        .collect()
}

#[test]
fn postgres_statements_end_at_their_own_semicolons() {
    insta::assert_snapshot!(shown(
        Dialect::Postgres,
        r#"
-- dollar quotes, whose tag may stand in the body without ending it
CREATE FUNCTION a() RETURNS text AS $body$ SELECT 'some body$; x' || $$;$$ $body$ LANGUAGE sql;
DO $$ BEGIN PERFORM 1; PERFORM 2; END $$;
DO $ä$ BEGIN; $$ END $ä$;
SELECT $1; SELECT a$b, c$$d; SELECT '$$';
/* nested /* ; */ ; */ SELECT 1 /* ; */;
-- a comment with ; and 'quote
SELECT 'it''s;', E'it\'s;', e'\\', U&'\0441;' UESCAPE '!', B'1', X'1F', "a;""b", U&"d;";
SELECT E'one\';'
  'two\';';
SELECT E'one' -- not continued on this line
  , ';';
SELECT '\'; SELECT '';
SELECT 1::text, :from, a[1:2], ':x', "b:c" -- :y
;
CREATE RULE r AS ON UPDATE TO t DO ALSO (INSERT INTO log VALUES (1); DELETE FROM log);
CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE WHEN a > 0 THEN 1 ELSE (SELECT CASE 1 WHEN 1 THEN 2 END) END;
  INSERT INTO t VALUES (1);
END;
CREATE PROCEDURE begin(end_ int) BEGIN ATOMIC DELETE FROM t; END;
CREATE FUNCTION plain() RETURNS int LANGUAGE sql RETURN 1;
;; SELECT žluťoučký FROM "kůň" ; SELECT '"' ; SELECT "'"
;SELECT 'last without its semicolon' -- end"#
    ));
}

#[test]
fn sqlite_statements_end_at_their_own_semicolons() {
    insta::assert_snapshot!(shown(
        Dialect::Sqlite,
        r#"
CREATE TRIGGER a AFTER INSERT ON t BEGIN
  UPDATE t SET x = CASE WHEN new.x THEN CASE 1 WHEN 1 THEN 2 END ELSE 0 END;
  SELECT CASE WHEN 1 THEN 2
  END; -- the END of a CASE, not of the trigger
  DELETE FROM u;
END;
CREATE TEMP TRIGGER IF NOT EXISTS b BEFORE UPDATE OF "end" ON t WHEN new.x = ';' BEGIN SELECT 1; END;
create temporary trigger c delete on t begin select raise(abort, 'no; no'); end  ;
EXPLAIN QUERY PLAN CREATE TRIGGER d AFTER INSERT ON t BEGIN SELECT 1; END;
CREATE TABLE trigger_log ("a;b" TEXT, [c;d] INT, `e;f` INT DEFAULT ';');
/* not /* nested */ SELECT x'ab', 'it''s;', "a"";", :from, $upto, ?1, @v FROM t;
-- comment ; with 'quote
CREATE TABLE create_trigger (trigger TEXT); INSERT INTO create_trigger VALUES (1);
SELECT 1 # 2; SELECT 3a; SELECT x'zz;'; SELECT !; SELECT 0x;
CREATE INDEX "créé" ON "t"("x") ; SELECT [unterminated ; to the end"#
    ));
}

#[test]
fn an_unterminated_token_swallows_the_rest() {
    for (dialect, text) in [
        (Dialect::Postgres, "SELECT 1; SELECT 'a; b"),
        (Dialect::Postgres, "SELECT 1; SELECT E'a\\'; b"),
        (Dialect::Postgres, "SELECT 1; DO $x$ a; $y$"),
        (Dialect::Postgres, "SELECT 1; SELECT \"a; b"),
        (Dialect::Postgres, "SELECT 1; SELECT 2 /* a; /* */ b"),
        (Dialect::Sqlite, "SELECT 1; SELECT 'a; b"),
        (Dialect::Sqlite, "SELECT 1; SELECT `a; b"),
        (Dialect::Sqlite, "SELECT 1; SELECT 2 /* a; b"),
    ] {
        assert_eq!(statements(dialect, text, 0..text.len()).len(), 2, "{text}");
        assert!(!lex(dialect, text).last().unwrap().terminated, "{text}");
    }
}

#[test]
fn a_span_is_read_by_itself() {
    let text = "SELECT 1; SELECT 2; SELECT 3;";
    let found = statements(Dialect::Sqlite, text, 10..19);
    assert_eq!(found.len(), 1);
    assert_eq!(&text[found[0].span.clone()], "SELECT 2");
    assert_eq!(statements(Dialect::Sqlite, text, 40..41), vec![]);
}

#[test]
fn parameters_are_told_from_casts_and_strings() {
    let text = "UPDATE t SET a = b::text, c = ':from' WHERE id>=:from AND id <= :upto -- :no";
    for dialect in Dialect::ALL {
        let found: Vec<_> = parameters(dialect, text, 0..text.len()).into_iter().map(|r| &text[r]).collect();
        match dialect {
            Dialect::Postgres => assert_eq!(found, [":from", ":upto"]),
            // SQLite knows no casts with colons: there `::text` is an error of its own.
            Dialect::Sqlite => assert_eq!(found, [":text", ":from", ":upto"]),
        }
    }
}

#[test]
fn descriptions_say_what_and_to_what() {
    let text = r#"
CREATE TABLE IF NOT EXISTS git_repos (id int); CREATE UNLOGGED TABLE audit."Odd ""name" (); CREATE VIRTUAL TABLE ft USING fts5(x);
CREATE TABLE p PARTITION OF q FOR VALUES IN (1); CREATE FOREIGN TABLE ftt () SERVER s;
ALTER TABLE ONLY tasks ADD COLUMN IF NOT EXISTS checked boolean; ALTER TABLE tasks ADD checked int; ALTER TABLE t ADD PRIMARY KEY (id);
ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0); ALTER TABLE t ADD UNIQUE (a); ALTER TABLE IF EXISTS t DROP COLUMN IF EXISTS c CASCADE; ALTER TABLE t DROP c;
ALTER TABLE t DROP CONSTRAINT IF EXISTS x; ALTER TABLE t ALTER COLUMN c TYPE uuid USING c::uuid; ALTER TABLE t ALTER c SET NOT NULL;
ALTER TABLE a RENAME TO b; ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t RENAME a TO b; ALTER TABLE t RENAME CONSTRAINT a TO b;
ALTER TABLE t VALIDATE CONSTRAINT x; ALTER TABLE t ATTACH PARTITION p DEFAULT; ALTER TABLE t DETACH PARTITION p CONCURRENTLY;
ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t OWNER TO bob; ALTER TABLE t * SET (fillfactor = 70);
ALTER TABLE t ADD a int DEFAULT (f(1, 2)), ADD b int[] DEFAULT ARRAY[1, 2], DROP c;
ALTER INDEX a RENAME TO b; ALTER TYPE mood ADD VALUE 'secret'; ALTER SEQUENCE s OWNED BY t.id; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x;
CREATE INDEX i ON t (a); CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a); CREATE INDEX ON t (a);
CREATE OR REPLACE VIEW v AS SELECT 1; CREATE MATERIALIZED VIEW mv AS SELECT 1; REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
CREATE FUNCTION s.f(a int) RETURNS int LANGUAGE sql RETURN 1; CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t EXECUTE FUNCTION f(); CREATE EVENT TRIGGER e ON x EXECUTE FUNCTION f();
CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN d AS int; CREATE POLICY p ON t; CREATE SEQUENCE s; CREATE SCHEMA x; CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
CREATE ROLE r; CREATE AGGREGATE agg(int) (sfunc = x); CREATE OPERATOR === (leftarg = int); CREATE TEXT SEARCH CONFIGURATION c (copy = simple); CREATE STATISTICS st ON a, b FROM t;
DROP TABLE IF EXISTS a, b, "c d" CASCADE; DROP INDEX CONCURRENTLY IF EXISTS i; DROP FUNCTION f(int, text), g; DROP TRIGGER tr ON t; DROP POLICY p ON t; DROP CAST (a AS b);
UPDATE ONLY t SET a = 'secret'; UPDATE OR IGNORE t SET a = 1; INSERT INTO s.t VALUES ('secret'); INSERT OR REPLACE INTO t VALUES (1); REPLACE INTO t VALUES (1); DELETE FROM ONLY t; MERGE INTO t USING s ON true;
WITH a AS (SELECT 1), b AS (DELETE FROM x RETURNING *) INSERT INTO t SELECT * FROM a; WITH RECURSIVE r AS (SELECT 1) SELECT 1;
TRUNCATE TABLE a, ONLY b RESTART IDENTITY; SELECT pg_catalog.set_config('secret', 'x', false); VALUES (1);
DO LANGUAGE plpgsql $$ BEGIN END $$; COMMENT ON TABLE t IS 'secret'; COMMENT ON COLUMN t.c IS 'secret'; GRANT SELECT ON t TO x; REVOKE ALL ON t FROM x;
SET LOCAL search_path = a; SET search_path TO 'x'; RESET ALL; LOCK TABLE a, b IN ACCESS EXCLUSIVE MODE; COPY t TO '/x'; CALL p(1); REINDEX INDEX CONCURRENTLY i;
VACUUM (ANALYZE) t; ANALYZE t; NOTIFY x, 'secret'; SECURITY LABEL FOR a ON TABLE b IS 'secret'; (SELECT 1); 1;
CREATE TABLE a_name_that_is_so_long_that_nobody_would_want_to_read_all_of_it_in_a_report_of_what_was_done (id int);
CREATE SOMETHING unheard OF; ALTER TABLE; DROP; UPDATE; INSERT; WITH;
"#;
    let found: String =
        statements(Dialect::Postgres, text, 0..text.len()).iter().map(|s| format!("{}\n", s.what)).collect();
    assert!(!found.contains("secret"), "{found}");
    insta::assert_snapshot!(found);
    let pragmas = "PRAGMA foreign_keys = ON; PRAGMA main.user_version(3); ALTER TABLE 'a' RENAME TO [b c]";
    insta::assert_snapshot!(shown(Dialect::Sqlite, pragmas));
}

/// Whole statements that hide semicolons, by dialect.
fn tricky(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => &[
            "SELECT ';'",
            "SELECT \";\", [;], `;`",
            "SELECT 1 -- ;\n",
            "SELECT /* ; */ 2",
            "CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; DELETE FROM y; END",
            "CREATE TEMP TRIGGER t AFTER INSERT ON x BEGIN SELECT 1; END",
            "CREATE TABLE trigger (x)",
            "INSERT INTO t VALUES (x'00', 'it''s;')",
        ],
        Dialect::Postgres => &[
            "SELECT ';'",
            "SELECT \";\"",
            "SELECT 1 -- ;\n",
            "SELECT /* /* ; */ ; */ 2",
            "SELECT E'\\';'\n  '\\';'",
            "DO $a$ ; $$ ; a$ $a$",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 1; END",
            "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END",
            "CREATE RULE r AS ON INSERT TO t DO INSTEAD (SELECT 1; SELECT 2)",
            "SELECT U&'\\0041;', $1, a$b$c, '\\'",
        ],
    }
}

fn dialects() -> impl Strategy<Value = Dialect> {
    prop::sample::select(&Dialect::ALL[..])
}

/// Text made of what matters to a lexer.
fn sql_like() -> impl Strategy<Value = String> {
    let pieces = [
        "'",
        "\"",
        "`",
        "[",
        "]",
        ";",
        "$",
        "$$",
        "$a$",
        "a",
        "E'",
        "e",
        "U&",
        "x'",
        "B'",
        "\\",
        "--",
        "/*",
        "*/",
        "\n",
        "\r",
        " ",
        ":",
        "::",
        ":from",
        "(",
        ")",
        "CREATE ",
        "TRIGGER ",
        "BEGIN ",
        "ATOMIC ",
        "CASE ",
        "END",
        "FUNCTION ",
        "é",
        "日本",
        "\u{0}",
        "\u{b}",
        "0x",
        "1e",
        "1.",
        "#",
        "@",
        "?",
        "!",
        ".",
        ",",
        "WITH ",
        "ALTER TABLE ",
        "DROP ",
        "-- switchback: step a\n",
        "PRAGMA foreign_keys",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..60).prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn tokens_joined_are_the_text(dialect in dialects(), text in prop_oneof![sql_like(), any::<String>()]) {
        let mut end = 0;
        for token in lex(dialect, &text) {
            prop_assert_eq!(token.start, end);
            prop_assert!(token.end > token.start && text.is_char_boundary(token.end));
            end = token.end;
        }
        prop_assert_eq!(end, text.len());
    }

    #[test]
    fn between_statements_lie_only_gaps_and_semicolons(dialect in dialects(), text in prop_oneof![sql_like(), any::<String>()]) {
        let found = statements(dialect, &text, 0..text.len());
        let tokens = lex(dialect, &text);
        let mut end = 0;
        for statement in &found {
            prop_assert!(statement.span.start >= end && statement.span.end > statement.span.start);
            prop_assert!(statement.what.chars().count() <= 80 && !statement.what.is_empty());
            end = statement.span.end;
        }
        for token in tokens.iter().filter(|t| !t.is_gap() && t.kind != TokenKind::Semicolon) {
            prop_assert!(found.iter().any(|s| s.span.start <= token.start && token.end <= s.span.end));
        }
    }

    #[test]
    fn statements_joined_by_semicolons_are_split_at_just_those(
        (dialect, picked) in dialects().prop_flat_map(|d| (Just(d), prop::collection::vec(prop::sample::select(tricky(d)), 0..12))),
        separator in prop::sample::select(vec![";", " ;\n", ";;", ";\n-- why; not\n", "; /* ; */ "]),
    ) {
        let text: String = picked.iter().flat_map(|s| [*s, separator]).collect();
        let found = statements(dialect, &text, 0..text.len());
        let texts: Vec<_> = found.iter().map(|s| &text[s.span.clone()]).collect();
        let expected: Vec<_> = picked.iter().map(|s| s.split(" -- ;\n").next().unwrap_or(s)).collect();
        prop_assert_eq!(texts, expected);
    }
}

#[test]
fn names_in_expressions_are_told_from_the_words_and_strings_around_them() {
    for (dialect, expression, name, is_there) in [
        (Dialect::Sqlite, "doc ->> 'id'", "id", false),
        (Dialect::Sqlite, "lower(\"Id\")", "id", true),
        (Dialect::Sqlite, "[id] + 1", "ID", true),
        (Dialect::Postgres, "(POSITION(('@'::text) IN (email)) > 1)", "position", false),
        (Dialect::Postgres, "(at AT TIME ZONE 'UTC'::text)", "zone", false),
        (Dialect::Postgres, "(\"Mixed\" > 1)", "Mixed", true),
        (Dialect::Postgres, "(\"Mixed\" > 1)", "mixed", false),
        (Dialect::Postgres, "(\"position\" > 1)", "position", true),
        (Dialect::Postgres, "(a = 'b'::text)", "b", false),
    ] {
        assert_eq!(mentions(dialect, expression, name), is_there, "{expression}: {name}");
    }
    assert!(mentions_written(Dialect::Postgres, "SELECT Id FROM Users", "users"));
    assert!(!mentions_written(Dialect::Postgres, "SELECT \"Id\" FROM Users", "id"));
    assert!(mentions_written(Dialect::Sqlite, "SELECT 1 FROM 'users'", "users"));
}
