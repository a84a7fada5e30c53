//! What a role must be allowed to do for statements to run (PostgreSQL), read off their words.
//!
//! Only what is certain: an object that an earlier statement makes, renames or drops is not asked about, and behind
//! `SET ROLE` or another `search_path` nothing is.

use crate::lex::{Cursor, Token, lex_without_gaps};
use crate::model::{Body, Dialect, Migration};
use std::collections::BTreeSet;

/// One thing that a statement needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// To own the table (or a role that does).
    Own(String),
    /// `INSERT`, `UPDATE`, `DELETE` or `TRUNCATE` on the table.
    Write(&'static str, String),
    /// `REFERENCES` on the table.
    References(String),
    /// To make something in that schema; in the current one where it is `None`.
    CreateIn(Option<String>),
    /// To make schemas in the database.
    CreateSchema,
    /// That extension.
    Extension(String),
}

/// What pending migrations need, each once, with the version that needs it first.
pub fn of<'m>(pending: impl IntoIterator<Item = &'m Migration>) -> Vec<(i64, Need)> {
    let mut reader = Reader::default();
    for migration in pending {
        let Body::Sql(script) = &migration.up else { continue };
        for statement in script.steps.iter().flat_map(|s| &s.statements) {
            let sql = script.text.get(statement.span.clone()).unwrap_or_default();
            let tokens = lex_without_gaps(Dialect::Postgres, sql);
            reader.read(migration.version, sql, &tokens);
            if reader.lost {
                return reader.needs;
            }
        }
    }
    reader.needs
}

#[derive(Default)]
struct Reader {
    needs: Vec<(i64, Need)>,
    seen: BTreeSet<Need>,
    /// Names that statements before have touched, so that nobody knows what they mean now.
    touched: BTreeSet<String>,
    /// Another role or search path: nothing can be said from here on.
    lost: bool,
}

impl Reader {
    fn need(&mut self, version: i64, need: Need) {
        if let Need::Own(name) | Need::Write(_, name) | Need::References(name) = &need
            && self.touched.contains(name)
        {
            return;
        }
        if self.seen.insert(need.clone()) {
            self.needs.push((version, need));
        }
    }

    fn read(&mut self, version: i64, sql: &str, tokens: &[Token]) {
        let mut at = Cursor::new(Dialect::Postgres, sql, tokens);
        match at.word().as_deref() {
            Some("set") => {
                at.skip(&["local", "session"]);
                let what = at.word();
                self.lost = matches!(what.as_deref(), Some("role" | "search_path" | "authorization"));
            }
            Some("create") => self.create(version, at),
            Some("alter") => {
                at.skip(&["foreign"]);
                match at.word().as_deref() {
                    Some("table" | "view" | "sequence") => {
                        at.skip(&["if", "exists", "only"]);
                        if let Some(name) = name(&mut at) {
                            self.need(version, Need::Own(name.clone()));
                            self.references(version, at);
                            if at.has("rename") || at.has("schema") {
                                self.touched.insert(name);
                                self.touched.extend(at.last());
                            }
                        }
                    }
                    _ => self.lost |= at.has("owner"),
                }
            }
            Some("drop") => {
                let kind = at.word();
                if let Some("table" | "view" | "sequence") = kind.as_deref() {
                    at.skip(&["if", "exists"]);
                    while let Some(name) = name(&mut at) {
                        self.need(version, Need::Own(name.clone()));
                        self.touched.insert(name);
                        if !at.take_sign(",") {
                            break;
                        }
                    }
                }
            }
            Some("insert") => self.write(version, "INSERT", at, &["into"]),
            Some("update") => self.write(version, "UPDATE", at, &["only"]),
            Some("delete") => self.write(version, "DELETE", at, &["from", "only"]),
            Some("truncate") => self.write(version, "TRUNCATE", at, &["table", "only"]),
            _ => {}
        }
    }

    fn write(&mut self, version: i64, verb: &'static str, mut at: Cursor<'_>, skip: &[&str]) {
        at.skip(skip);
        if let Some(name) = name(&mut at) {
            self.need(version, Need::Write(verb, name));
        }
    }

    fn create(&mut self, version: i64, mut at: Cursor<'_>) {
        at.skip(&["or", "replace", "unlogged", "unique", "materialized", "recursive"]);
        if at.take("temp") || at.take("temporary") || at.take("global") || at.take("local") {
            at.skip(&["temp", "temporary", "table", "view", "sequence", "if", "not", "exists"]);
            self.touched.extend(name(&mut at));
            return;
        }
        match at.word().as_deref() {
            Some("schema") => {
                at.skip(&["if", "not", "exists"]);
                self.touched.extend(name(&mut at));
                self.need(version, Need::CreateSchema);
            }
            Some("extension") => {
                at.skip(&["if", "not", "exists"]);
                if let Some(name) = name(&mut at) {
                    self.need(version, Need::Extension(name));
                }
            }
            Some("table" | "view" | "sequence" | "type" | "domain" | "function" | "procedure") => {
                at.skip(&["if", "not", "exists"]);
                if let Some(name) = name(&mut at) {
                    let schema = name.split_once('.').map(|(schema, _)| schema.to_owned());
                    if schema.as_ref().is_none_or(|s| !self.touched.contains(s)) {
                        self.need(version, Need::CreateIn(schema));
                    }
                    self.references(version, at);
                    self.touched.insert(name);
                }
            }
            Some("index") => {
                while !at.is_at_end() && !at.take("on") {
                    at.advance();
                }
                at.skip(&["only"]);
                if let Some(name) = name(&mut at) {
                    self.need(version, Need::Own(name));
                }
            }
            _ => {}
        }
    }

    /// `REFERENCES table`, wherever it stands.
    fn references(&mut self, version: i64, mut at: Cursor<'_>) {
        while !at.is_at_end() {
            if at.take("references") {
                if let Some(name) = name(&mut at) {
                    self.need(version, Need::References(name));
                }
            } else {
                at.advance();
            }
        }
    }
}

/// A name with its parts joined by dots; none where a part has a dot in it, for it could not be told from two.
fn name(at: &mut Cursor<'_>) -> Option<String> {
    at.name().filter(|parts| !parts.iter().any(|part| part.contains('.'))).map(|parts| parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, parse};

    fn needs(up: &str) -> Vec<String> {
        let files = [("V0001__a/down.sql", "-- nothing\n"), ("V0001__a/up.sql", up)];
        let files = files.map(|(path, text)| SourceFile::new(path, text.as_bytes().to_vec()));
        let set = parse("app", Dialect::Postgres, i64::MAX, &files).unwrap();
        of(&set.migrations).into_iter().map(|(_, need)| format!("{need:?}")).collect()
    }

    #[test]
    fn what_statements_need_is_read_off_their_words() {
        insta::assert_snapshot!(needs(
            "CREATE TABLE t (id int REFERENCES users (id));
CREATE INDEX i ON t (id);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS j ON audit.\"Events\" (id);
ALTER TABLE ONLY posts ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES tags (id), DROP COLUMN b;
INSERT INTO users VALUES (1);
UPDATE users SET a = 1;
DELETE FROM ONLY old;
TRUNCATE audit.log;
DROP TABLE IF EXISTS gone, users;
INSERT INTO users VALUES (2);
CREATE SCHEMA s;
CREATE TABLE s.t (id int);
CREATE TABLE other.t (id int);
CREATE EXTENSION IF NOT EXISTS \"citext\";
SET ROLE other;
DROP TABLE never;
"
        )
        .join("\n"), @r#"
        CreateIn(None)
        References("users")
        Own("audit.Events")
        Own("posts")
        References("tags")
        Write("INSERT", "users")
        Write("UPDATE", "users")
        Write("DELETE", "old")
        Write("TRUNCATE", "audit.log")
        Own("gone")
        Own("users")
        CreateSchema
        CreateIn(Some("other"))
        Extension("citext")
        "#);
    }

    #[test]
    fn what_an_earlier_statement_makes_or_renames_is_not_asked_about() {
        assert_eq!(
            needs(
                "CREATE TEMP TABLE w (id int);\nINSERT INTO w VALUES (1);\nALTER TABLE a RENAME TO b;\nINSERT INTO b VALUES (1);\n"
            ),
            ["Own(\"a\")"]
        );
    }
}
