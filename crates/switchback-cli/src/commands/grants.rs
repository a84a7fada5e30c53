//! `grants`: a least-privilege script for PostgreSQL.

use crate::answer::Answer;
use crate::app::{App, engine};
use crate::databases::Database;
use serde::Serialize;
use switchback::grants::Grants;
use switchback::{Dialect, Error, ErrorKind, Result};

/// Print SQL that separates who migrates from who serves the application, and makes the journal insert-only (PostgreSQL)
///
/// Neither role can change or remove a row of the journal afterwards: it belongs, with the schema, to a third role that
/// nobody logs in as. The script refuses a migrating role that could give itself what it must not have. Read it, then have
/// a superuser run it; it can be run again. Nothing is connected to.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchback grants --migrator app_migrator --application app | psql --set ON_ERROR_STOP=1 app")]
pub struct Args {
    /// The role that runs `up` and `down`; it is to exist
    #[arg(long, value_name = "ROLE")]
    migrator: String,

    /// The role of the application; it is to exist
    #[arg(long, value_name = "ROLE")]
    application: String,

    /// The role that owns schema and journal; created where it is not there
    #[arg(long, value_name = "ROLE", default_value = "switchback_owner")]
    owner: String,
}

#[derive(Serialize)]
struct Script<'a> {
    schema: &'a str,
    sql: &'a str,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    // A script needs no database; where one is chosen, its schema counts, and its engine.
    let named = app.global.database.is_some() || app.global.env.is_some();
    let database = match app.databases() {
        Ok(all) => <[Database; 1]>::try_from(all).ok().map(|[one]| one),
        Err(_) if !named && app.config()?.is_none() => None,
        Err(error) => return Err(error),
    };
    let url = database.as_ref().and_then(|d| d.url.as_deref().ok());
    if url.is_some_and(|url| engine(url) == Dialect::Sqlite) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "SQLite has no roles: who may write the file may write the journal",
        )
        .hint("limit who may write the file, and anchor the journal with `log --anchor`"));
    }
    let schema = app.global.schema.clone().or_else(|| database.and_then(|d| d.schema));
    let grants = Grants {
        schema: schema.unwrap_or_else(|| "public".to_owned()),
        migrator: args.migrator.clone(),
        application: args.application.clone(),
        owner: args.owner.clone(),
    };
    let sql = grants.script()?;
    app.text(&sql);
    let mut answer = Answer::new("scripts");
    answer.add(&Script { schema: &grants.schema, sql: &sql });
    Ok(answer)
}
