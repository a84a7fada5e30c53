//! Statements that may be refused: nothing of a refused one stays, and what it belongs to goes on.

use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::db::sqlite::Sqlite;
use switchback_plan::{Error, ErrorKind, Result};

/// Runs one statement; what the server says against it. Nothing of a refused statement stays.
pub(super) fn attempt(db: &mut Database, sql: &str) -> Result<Option<Error>> {
    match db {
        Database::Sqlite(db) => {
            let done = run(db, &saving(sql));
            // `ON CONFLICT FAIL` leaves rows behind; `RAISE(ROLLBACK)` no savepoint.
            if done.is_err() && !db.connection().is_autocommit() {
                run(db, BACK)?;
            }
            match done {
                Err(e) if is_fatal(&e) => Err(e),
                done => Ok(done.err()),
            }
        }
        Database::Postgres(db) => Ok(saved(db, |db| db.script(&saving(sql)))?.err()),
    }
}

/// Runs statements on SQLite as they are.
pub(super) fn run(db: &Sqlite, sql: &str) -> Result<()> {
    db.connection().execute_batch(sql).map_err(|e| crate::db::sqlite::error(&e))
}

pub(super) fn is_fatal(e: &Error) -> bool {
    matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::Connection)
}

const BACK: &str = "ROLLBACK TO SAVEPOINT switchback_row; RELEASE switchback_row";

/// A statement with a savepoint around it, in one message.
pub(super) fn saving(sql: &str) -> String {
    format!("SAVEPOINT switchback_row; {sql}; RELEASE switchback_row")
}

/// Does what such a message does; behind what the server refuses, the transaction goes on.
pub(super) fn saved<T>(
    db: &mut Postgres,
    work: impl FnOnce(&mut Postgres) -> Result<T>,
) -> Result<Result<T>> {
    match work(db) {
        Err(e) if is_fatal(&e) => Err(e),
        Err(e) => {
            db.script(BACK)?;
            Ok(Err(e))
        }
        done => Ok(done),
    }
}
