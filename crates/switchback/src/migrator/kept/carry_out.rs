//! Changing what is kept aside: one transaction, in which rows are counted before and after.

use super::{Doing, KeptChange, What, moved, rows};
use crate::apply::Run;
use crate::connect::redact;
use crate::db::{Begin, Bound};
use crate::drift::{Extent, REBASELINED};
use crate::store::Entry;
use crate::value::format_timestamp;
use switchback_plan::quote::ident;
use switchback_plan::schema::Name;
use switchback_plan::{Dialect, Error, ErrorKind, Result};

impl Run<'_> {
    pub(crate) fn change_kept(&mut self, change: &KeptChange, extent: Option<&Extent>) -> Result<()> {
        let how = Begin {
            // As the way down that an archive comes back by. And on SQLite, DROP TABLE deletes the rows first, which CASCADE
            // would follow.
            foreign_keys_off: change.doings.iter().any(|d| matches!(d.what, What::Table { .. } | What::Drop)),
            ..self.begin_options(None)
        };
        let of_tables = |d: &&Doing| !matches!(d.what, What::DropDatabase);
        let done = self
            .kept_tables(&how, change, extent, &change.doings.iter().filter(of_tables).collect::<Vec<_>>())
            .and_then(|()| {
                change.doings.iter().filter(|d| !of_tables(d)).try_for_each(|d| self.drop_database(d))
            });
        if let Err(e) = &done
            && !matches!(e.kind(), ErrorKind::Connection | ErrorKind::Moved)
        {
            self.db.rollback();
            let entry = Entry { detail: Some(redact(&e.to_string())), ..self.entry("failed") };
            if let Err(second) = self.append_alone(Some(entry)) {
                tracing::debug!("the failure could not be recorded: {second}");
            }
        }
        done
    }

    fn kept_tables(
        &mut self,
        how: &Begin,
        change: &KeptChange,
        extent: Option<&Extent>,
        doings: &[&Doing],
    ) -> Result<()> {
        if doings.is_empty() {
            return Ok(());
        }
        self.transact(how, &mut |run| {
            let mut records = Vec::new();
            for doing in doings {
                let rows = run.kept_table(doing).map_err(|e| about(doing, e))?;
                records.push(run.kept_record(doing, rows));
            }
            let day = format_timestamp(run.now());
            for (version, _) in &change.irreversible {
                let names: Vec<&str> = doings.iter().map(|d| d.item.kept.name.as_str()).collect();
                let reason = format!("{} was taken by `kept` at {day}", names.join(", "));
                records.push(run.store.purge_undo(*version, &reason));
            }
            if let (Some(head), Some(extent)) = (change.rebaseline, extent) {
                let recorded = run.recorded(Some(head), extent)?;
                let entry = Entry { version: Some(head), ..run.schema_entry(REBASELINED, &recorded) };
                records.push(run.append(entry));
            }
            Ok(((), records))
        })
    }

    /// Does it, and returns how many rows it was about.
    fn kept_table(&mut self, doing: &Doing) -> Result<u64> {
        let from = &doing.item.table.name;
        if self.db.dialect() == Dialect::Postgres {
            // No policy may hide rows from what follows: then this is an error.
            self.db.execute("SET LOCAL row_security = off", &[])?;
            self.db.execute(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", from.sql()), &[])?;
            if let What::Values { table, .. } = &doing.what {
                // Else somebody's write between the look and the UPDATE would be overwritten.
                let sql = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", table.sql());
                self.db.execute(&sql, &[])?;
            }
        }
        let there = self.number(&format!("SELECT count(*) FROM {}", from.sql()))?;
        let told = doing.item.kept.rows.unwrap_or_default();
        if !matches!(doing.what, What::DeleteBefore { .. }) && there != told {
            return Err(moved(&doing.item.kept.name));
        }
        let did = match &doing.what {
            What::Drop => {
                self.db.execute(&format!("DROP TABLE {}", from.sql()), &[])?;
                self.forget_sequence(from)?;
                there
            }
            What::DeleteBefore { before } => {
                let sql = format!("DELETE FROM {} WHERE rejected_at < $1", from.sql());
                let gone = self.db.execute(&sql, &[format_timestamp(*before).into()])?;
                if gone != told {
                    return Err(moved(&doing.item.kept.name));
                }
                gone
            }
            What::Values { table, pairs } => self.set_values(from, table, pairs)?,
            What::Rows { table, columns } => self.move_rows(from, table, columns)?,
            What::Rejects { sources } => {
                let mut moved = 0;
                for (source, table, columns) in sources {
                    moved += self.move_rejects(from, source, table, columns)?;
                }
                moved
            }
            What::Table { table, statements } => {
                for statement in statements {
                    self.db.execute(statement, &[])?;
                }
                self.number(&format!("SELECT count(*) FROM {}", table.sql()))?
            }
            What::DropDatabase => there,
        };
        let whole = !matches!(doing.what, What::DeleteBefore { .. } | What::Values { .. });
        if whole && did != there {
            return Err(unequal(&doing.item.kept.name, there, did));
        }
        Ok(did)
    }

    fn number(&mut self, sql: &str) -> Result<u64> {
        let rows = self.db.query_own(sql, &[])?;
        let found: i64 = rows.first().map(|row| row.at(0)).transpose()?.unwrap_or_default();
        Ok(u64::try_from(found).unwrap_or_default())
    }

    /// What an archive on SQLite has for AUTOINCREMENT.
    fn forget_sequence(&mut self, table: &Name) -> Result<()> {
        if self.db.dialect() == Dialect::Sqlite
            && self.number("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'")? > 0
        {
            self.db.execute("DELETE FROM sqlite_sequence WHERE name = $1", &[table.name.as_str().into()])?;
        }
        Ok(())
    }

    /// Values go only where there is none: what somebody wrote since is not overwritten.
    fn set_values(&mut self, from: &Name, table: &Name, pairs: &[(String, Option<String>)]) -> Result<u64> {
        let dialect = self.db.dialect();
        let own = table.sql();
        let keys = pairs.iter().filter(|(_, t)| t.is_none());
        let same: Vec<String> = keys.map(|(c, _)| format!("k.{0} = t.{0}", ident(c))).collect();
        let values: Vec<(String, String)> = pairs
            .iter()
            .filter_map(|(c, data_type)| {
                let value = match (dialect, data_type.as_ref()?) {
                    (Dialect::Postgres, data_type) => format!("CAST(k.{} AS {data_type})", ident(c)),
                    (Dialect::Sqlite, _) => format!("k.{}", ident(c)),
                };
                Some((ident(c), value))
            })
            .collect();
        let differs = |column: &str, value: &str| match dialect {
            Dialect::Postgres => format!("t.{column} IS DISTINCT FROM {value}"),
            Dialect::Sqlite => format!("t.{column} IS NOT {value}"),
        };
        let all = |each: &dyn Fn(&(String, String)) -> String, word: &str| {
            values.iter().map(each).collect::<Vec<_>>().join(word)
        };
        let joined = format!("{own} AS t JOIN {} AS k ON {}", from.sql(), same.join(" AND "));
        let there = self.number(&format!("SELECT count(*) FROM {joined}"))?;
        let taken = all(&|(c, v)| format!("(t.{c} IS NOT NULL AND {})", differs(c, v)), " OR ");
        let taken = self.number(&format!("SELECT count(*) FROM {joined} WHERE {taken}"))?;
        if taken > 0 {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("{} of {table} have other values now, which would be lost", rows(Some(taken))),
            )
            .hint("empty the column where the old values are right, then run the same command again; nothing was changed"));
        }
        let set = all(&|(c, v)| format!("{c} = {v}"), ", ");
        // The table itself has no alias in SET, so the key is told by its own name.
        let same: Vec<String> = pairs
            .iter()
            .filter(|(_, t)| t.is_none())
            .map(|(c, _)| format!("k.{0} = {own}.{0}", ident(c)))
            .collect();
        self.db.execute(
            &format!("UPDATE {own} SET {set} FROM {} AS k WHERE {}", from.sql(), same.join(" AND ")),
            &[],
        )?;
        let other = all(&|(c, v)| differs(c, v), " OR ");
        let wrong = self.number(&format!("SELECT count(*) FROM {joined} WHERE {other}"))?;
        if wrong > 0 {
            return Err(unequal(&table.to_string(), there, there - wrong.min(there)));
        }
        Ok(there)
    }

    fn move_rows(&mut self, from: &Name, table: &Name, columns: &[(String, String)]) -> Result<u64> {
        let dialect = self.db.dialect();
        let names: Vec<String> = columns.iter().map(|(c, _)| ident(c)).collect();
        let values: Vec<String> = columns
            .iter()
            .map(|(c, data_type)| match dialect {
                Dialect::Postgres => format!("CAST({} AS {data_type})", ident(c)),
                Dialect::Sqlite => ident(c),
            })
            .collect();
        let overriding = match dialect {
            Dialect::Postgres => " OVERRIDING SYSTEM VALUE",
            Dialect::Sqlite => "",
        };
        let put = self.db.execute(
            &format!(
                "INSERT INTO {} ({}){overriding} SELECT {} FROM {}",
                table.sql(),
                names.join(", "),
                values.join(", "),
                from.sql()
            ),
            &[],
        )?;
        let taken = self.db.execute(&format!("DELETE FROM {}", from.sql()), &[])?;
        if put == taken { Ok(put) } else { Err(unequal(&table.to_string(), taken, put)) }
    }

    fn move_rejects(&mut self, from: &Name, source: &str, table: &Name, columns: &[String]) -> Result<u64> {
        let names: Vec<String> = columns.iter().map(|c| ident(c)).collect();
        let names = names.join(", ");
        let mut parameters = vec![source.into()];
        let sql = match self.db.dialect() {
            Dialect::Postgres => format!(
                "INSERT INTO {0} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM (
                   SELECT (pg_catalog.json_populate_record(NULL::{0}, (\"row\"::text)::json)).* FROM {1} WHERE source = $1) AS rejected",
                table.sql(),
                from.sql()
            ),
            Dialect::Sqlite => {
                // Not by json_extract: in a path of JSON, a name with a backslash would be another one.
                let values: Vec<String> = (2..columns.len() + 2)
                    .map(|n| format!("(SELECT value FROM json_each(\"row\") WHERE key = ${n})"))
                    .collect();
                parameters.extend(columns.iter().map(|c| c.as_str().into()));
                format!(
                    "INSERT INTO {} ({names}) SELECT {} FROM {} WHERE source = $1",
                    table.sql(),
                    values.join(", "),
                    from.sql()
                )
            }
        };
        let put = self.db.execute(&sql, &parameters)?;
        let sql = format!("DELETE FROM {} WHERE source = $1", from.sql());
        let taken = self.db.execute(&sql, &[source.into()])?;
        if put == taken { Ok(put) } else { Err(unequal(&table.to_string(), taken, put)) }
    }

    /// Journalled before, for it is no part of any transaction; where it fails, a row `failed` follows.
    fn drop_database(&mut self, doing: &Doing) -> Result<()> {
        let record = self.kept_entry(doing, None);
        self.append_alone(Some(record))?;
        let name = &doing.item.kept.name;
        self.db.execute(&format!("DROP DATABASE {}", ident(name)), &[]).map(|_| ()).map_err(|e| {
            Error::new(e.kind(), format!("the database {name} cannot be dropped: {}", e.message()))
                .hint("end the connections to it, or let a role do it that owns it; what was dropped before stays dropped")
        })
    }

    fn kept_record(&mut self, doing: &Doing, rows: u64) -> Bound {
        let entry = self.kept_entry(doing, Some(rows));
        self.append(entry)
    }

    fn kept_entry(&self, doing: &Doing, count: Option<u64>) -> Entry {
        let kept = &doing.item.kept;
        let event = match doing.what {
            What::Drop | What::DeleteBefore { .. } | What::DropDatabase => "purged",
            What::Values { .. } | What::Rows { .. } | What::Rejects { .. } | What::Table { .. } => {
                "brought_back"
            }
        };
        Entry {
            version: kept.version,
            name: kept.migration.clone(),
            row_count: count.and_then(|n| i64::try_from(n).ok()),
            detail: Some(redact(&doing.line())),
            ..self.entry(event)
        }
    }
}

/// What to do about rows that do not fit where they are to go.
fn about(doing: &Doing, e: Error) -> Error {
    if e.what_next().is_some() || matches!(e.kind(), ErrorKind::Connection | ErrorKind::Interrupted) {
        return e;
    }
    let hint = match doing.what {
        What::Drop | What::DeleteBefore { .. } | What::DropDatabase => {
            "take away what is made of it first, by a migration; nothing was changed"
        }
        What::Values { .. } | What::Rows { .. } | What::Rejects { .. } | What::Table { .. } => {
            "mend the rows where they are kept, then run the same command again; nothing was changed"
        }
    };
    e.hint(hint)
}

fn unequal(what: &str, before: u64, after: u64) -> Error {
    Error::new(ErrorKind::Loss, format!("{} were to come to {what}, and {after} came", rows(Some(before))))
        .hint("a trigger or rule of the table changed them; nothing was changed")
}
