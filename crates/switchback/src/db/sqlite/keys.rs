//! A transaction with foreign keys switched off, as a rebuild needs it: what it breaks is found before its commit.

use super::error;
use rusqlite::Connection;
use std::collections::BTreeMap;
use switchback_plan::{Error, ErrorKind, Result};

/// Violations by (table, parent, foreign key), counted: a rebuild changes rowids, so they cannot be told apart by row.
type Violations = BTreeMap<(String, String, i64), u64>;

/// Such a transaction, from its BEGIN on.
#[derive(Default)]
pub(super) struct Unchecked {
    /// What was broken before. It costs as much to find as what is broken behind the work, and matters only where
    /// something is: then the transaction is done once more, with this known.
    before: Option<Violations>,
}

impl Unchecked {
    pub fn look_before(&mut self, conn: &Connection) -> Result<()> {
        self.before = Some(violations(conn)?);
        Ok(())
    }

    pub fn has_looked(&self) -> bool {
        self.before.is_some()
    }

    /// Why it cannot be committed: more rows break a foreign key than before, or than none where nobody looked.
    pub fn refusal(&self, conn: &Connection) -> Result<Option<Error>> {
        let before = |key| self.before.as_ref().and_then(|b| b.get(key)).copied().unwrap_or(0);
        let new: Vec<String> = violations(conn)?
            .iter()
            .filter(|(key, count)| before(key) < **count)
            .map(|((table, parent, _), count)| format!("{count} in {table} that point to no row of {parent}"))
            .collect();
        if new.is_empty() {
            return Ok(None);
        }
        let message = format!(
            "with foreign keys off, the migration left rows behind that break them: {}",
            new.join(", ")
        );
        Ok(Some(
            Error::new(ErrorKind::Statement, message)
                .code("SQLITE_CONSTRAINT_FOREIGNKEY")
                .hint("keep or delete the rows that point to what you remove; nothing was changed"),
        ))
    }
}

/// Whether any row breaks a foreign key.
pub(super) fn are_broken(conn: &Connection) -> Result<bool> {
    Ok(!violations(conn)?.is_empty())
}

fn violations(conn: &Connection) -> Result<Violations> {
    let mut out = Violations::new();
    let mut statement = conn.prepare("PRAGMA foreign_key_check").map_err(|e| error(&e))?;
    let mut rows = statement.query([]).map_err(|e| error(&e))?;
    while let Some(row) = rows.next().map_err(|e| error(&e))? {
        let key =
            (|| Ok((row.get(0)?, row.get(2)?, row.get(3)?)))().map_err(|e: rusqlite::Error| error(&e))?;
        *out.entry(key).or_default() += 1;
    }
    Ok(out)
}
