//! `sql`: for all that no other operation does.

use super::field::PerEngine;
use super::look::wrong;
use super::{Against, Compile, Compiled, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Dialect, Script};
use crate::source;
use serde::Deserialize;

/// SQL of the author's own, both ways: one text for both engines, or `{ sqlite = "…", postgres = "…" }`.
///
/// `-- switchback: step …` cuts a text into steps, as in a file of SQL.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sql {
    /// The way up.
    pub up: PerEngine,
    /// The way down; an empty text where there is nothing to do.
    pub down: PerEngine,
}

impl Compile for Sql {
    fn sqlite(&self, _: &Against<'_>) -> Result<Compiled> {
        self.parts(Dialect::Sqlite)
    }

    fn postgres(&self, _: &Against<'_>) -> Result<Compiled> {
        self.parts(Dialect::Postgres)
    }
}

impl Sql {
    fn parts(&self, dialect: Dialect) -> Result<Compiled> {
        Ok(Compiled {
            up: side("up", dialect, self.up.need("up", dialect)?)?,
            down: side("down", dialect, self.down.need("down", dialect)?)?,
            notices: Vec::new(),
        })
    }
}

/// The steps of a text, each a part.
fn side(field: &str, dialect: Dialect, text: &str) -> Result<Vec<Part>> {
    if text.trim().is_empty() {
        return Ok(vec![Part::transaction("sql", Vec::new())]);
    }
    let script = source::parse_script(dialect, field, text).map_err(|e| {
        let line = e.location().and_then(|l| l.line).unwrap_or(1);
        let error = wrong(format!("line {line} of `{field}`: {}", e.message()));
        match e.what_next() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })?;
    if script.steps.iter().any(|s| s.lock_timeout.is_some()) {
        return Err(Error::new(ErrorKind::Source, format!("`{field}` sets a lock_timeout for itself"))
            .hint("write `lock_timeout = \"5s\"` at the top of migration.toml"));
    }
    let stepped = text.contains("switchback: step");
    Ok(script
        .steps
        .iter()
        .map(|step| Part {
            step: if stepped { step.name.clone() } else { "sql".to_owned() },
            mode: step.mode.clone(),
            // The text says it itself.
            foreign_keys_off: false,
            statements: statements(&script, step),
        })
        .collect())
}

/// The statements of a step, each with the comments before it.
fn statements(script: &Script, step: &crate::model::Step) -> Vec<String> {
    let text = &script.text[step.span.clone()];
    let mut found = Vec::with_capacity(step.statements.len() + 1);
    let mut start = match text.find("switchback: step") {
        Some(at) => at + text[at..].find('\n').unwrap_or(text.len() - at),
        None => 0,
    };
    for statement in &step.statements {
        let end = statement.span.end - step.span.start;
        found.push(text[start..end].trim().to_owned());
        let rest = &text[end..];
        // What follows the statement up to its semicolon is white space or a comment.
        start = end + semicolon(rest);
    }
    let rest = text[start..].trim();
    if !rest.is_empty() {
        found.push(rest.to_owned());
    }
    found
}

/// The byte behind the first semicolon that is no comment's.
fn semicolon(rest: &str) -> usize {
    // Only gaps can stand there, and both dialects write comments alike.
    let tokens = crate::lex::lex(Dialect::Postgres, rest);
    tokens.iter().find(|t| t.kind == crate::lex::TokenKind::Semicolon).map_or(rest.len(), |t| t.end)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, users};
    use crate::model::Dialect;

    #[test]
    fn a_text_is_kept_with_its_comments() {
        insta::assert_snapshot!(shown(
            r#"
type = "sql"
up = """
-- Why; and how.
UPDATE users SET name = 'a;b' ; -- so
DELETE FROM users WHERE id = 0 /* ; */ ;
-- The end.
"""
down = { sqlite = "", postgres = "SELECT 1 -- one" }
"#
        ));
    }

    #[test]
    fn a_text_may_have_steps() {
        insta::assert_snapshot!(shown(
            r#"
type = "sql"
up = """
-- switchback: step one
UPDATE users SET name = 'a';
-- switchback: step two batch table=users key=id size=10
UPDATE users SET name = 'b' WHERE id BETWEEN :from AND :upto;
"""
down = """
-- switchback: step one
UPDATE users SET name = NULL;
"""
"#
        ));
    }

    #[test]
    fn a_text_that_is_none_is_refused() {
        let users = users(Dialect::Sqlite);
        let sql = |up: &str| refusal(&format!("type = \"sql\"\nup = {up}\ndown = \"\""), &users);
        insta::assert_snapshot!(sql("{ postgres = \"SELECT 1\" }"));
        insta::assert_snapshot!(sql("\"SELECT 1;\\nCOMMIT\""));
        insta::assert_snapshot!(sql("\"-- switchback: lock_timeout 5s\\nSELECT 1\""));
    }
}
