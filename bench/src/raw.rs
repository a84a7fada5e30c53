//! The rival: the same SQL through the driver alone.

use crate::Result;
use postgres::NoTls;

/// A connection of the driver.
pub enum Raw {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Client>),
}

impl Raw {
    pub fn connect(url: &str) -> Result<Raw> {
        Ok(match url.strip_prefix("sqlite:") {
            Some(path) => Raw::Sqlite(rusqlite::Connection::open(path)?),
            None => Raw::Postgres(Box::new(postgres::Client::connect(url, NoTls)?)),
        })
    }

    /// As applications write it: a transaction of the driver, the texts, commit. No record of it is kept.
    pub fn transaction<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> Result {
        match self {
            Raw::Sqlite(connection) => {
                let transaction = connection.transaction()?;
                for text in texts {
                    transaction.execute_batch(text)?;
                }
                transaction.commit()?;
            }
            Raw::Postgres(client) => {
                let mut transaction = client.transaction()?;
                for text in texts {
                    transaction.batch_execute(text)?;
                }
                transaction.commit()?;
            }
        }
        Ok(())
    }

    /// The first thing that needs an answer from the database.
    pub fn touch(&mut self) -> Result {
        match self {
            Raw::Sqlite(connection) => {
                connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
            }
            Raw::Postgres(client) => client.batch_execute("SELECT 1")?,
        }
        Ok(())
    }
}
